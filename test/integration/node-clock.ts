interface Time {
  now(): number
  schedule(delayMs: number, task: () => void): () => void
}

/** One node's clock: it begins somewhere else than the others, and may stand still with its process. */
export class NodeClock implements Time {
  readonly #clock: Time
  readonly #offsetMs: number
  #held: (() => void)[] | undefined

  constructor(clock: Time, offsetMs: number) {
    this.#clock = clock
    this.#offsetMs = offsetMs
  }

  now(): number {
    return this.#clock.now() + this.#offsetMs
  }

  schedule(delayMs: number, task: () => void): () => void {
    let isSet = true
    const run = () => {
      if (isSet) task()
    }
    const cancel = this.#clock.schedule(delayMs, () => {
      if (this.#held === undefined) run()
      else this.#held.push(run)
    })
    return () => {
      isSet = false
      cancel()
    }
  }

  /** The process is stopped: timers that come due wait until it goes on. */
  stop(): void {
    this.#held ??= []
  }

  go(): void {
    const held = this.#held ?? []
    this.#held = undefined
    for (const run of held) run()
  }
}

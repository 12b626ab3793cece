/** Time, injected: a peer never asks the platform for it. */
export interface Clock {
  /** Milliseconds from any fixed point; never goes backwards. */
  now(): number
  /** Runs `task` once after `delayMs`, unless the returned function is called first. */
  schedule(delayMs: number, task: () => void): () => void
}

/**
 * One wake-up that is moved as deadlines come and go. Moving it later costs nothing: the timer fires at the old time,
 * finds that it is early, and sets itself again.
 */
export class Alarm {
  readonly #clock: Clock
  readonly #ring: (now: number) => void
  #at = Number.POSITIVE_INFINITY
  #cancel: (() => void) | undefined

  constructor(clock: Clock, ring: (now: number) => void) {
    this.#clock = clock
    this.#ring = ring
  }

  /** Makes sure that `ring` is called at `at` or soon after. Earlier wake-ups that were asked for stand. */
  wakeAt(at: number): void {
    if (at >= this.#at) return
    this.#cancel?.()
    this.#at = at
    // Rounded up: timers count whole milliseconds, and one that fires early only has to be set again.
    const delayMs = Math.ceil(Math.max(0, Math.min(at - this.#clock.now(), longestDelayMs)))
    this.#cancel = this.#clock.schedule(delayMs, () => this.#fire())
  }

  clear(): void {
    this.#cancel?.()
    this.#cancel = undefined
    this.#at = Number.POSITIVE_INFINITY
  }

  #fire(): void {
    const at = this.#at
    this.clear()
    const now = this.#clock.now()
    // Platforms fire timers up to a millisecond early, and cap long ones.
    if (now < at) this.wakeAt(at)
    else this.#ring(now)
  }
}

// setTimeout treats anything above 2^31 - 1 ms as 1 ms.
const longestDelayMs = 0x7fff_ffff

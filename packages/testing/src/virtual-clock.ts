import type { Clock } from '@wirepact/peer'

interface Timer {
  readonly at: number
  readonly order: number
  readonly task: () => void
}

/** Time that passes only when a test says so. */
export class VirtualClock implements Clock {
  #now = 0
  #order = 0
  #driving = 0
  #timers = new Set<Timer>()

  now(): number {
    return this.#now
  }

  /** Timers that have been set and have not fired. */
  get pending(): number {
    return this.#timers.size
  }

  schedule(delayMs: number, task: () => void): () => void {
    const timer: Timer = { at: this.#now + Math.max(0, delayMs), order: this.#order++, task }
    this.#timers.add(timer)
    return () => this.#timers.delete(timer)
  }

  /**
   * Lets `ms` pass: every timer fires at its time, in order, and after each everything that follows from it (promises,
   * and what they lead to) has happened before the next does.
   */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms
    this.#driving++
    try {
      await settle()
      while (await this.#fire(end));
      this.#now = Math.max(this.#now, end)
    } finally {
      this.#driving--
    }
  }

  /**
   * Lets as much time pass as the promise needs to settle, and gives what it gave. While something else advances the
   * clock, that decides.
   *
   * @throws Error when it has not settled after `withinMs`
   */
  async until<Value>(promise: Promise<Value>, withinMs: number): Promise<Value> {
    const end = this.#now + withinMs
    let settled = false
    const done = () => {
      settled = true
    }
    promise.then(done, done)
    await settle()
    while (!settled) {
      if (this.#driving > 0) await settle()
      else if (!(await this.#fire(end))) throw new Error(`nothing settled it within ${withinMs} ms of virtual time`)
    }
    return promise
  }

  /** Time passes and nothing happens in it: a machine that sleeps. Timers that were due fire when it wakes. */
  async sleep(ms: number): Promise<void> {
    this.#now += ms
    await this.advance(0)
  }

  async #fire(end: number): Promise<boolean> {
    const timer = this.#next(end)
    if (timer === undefined) return false
    // A machine that slept fires its timers late.
    this.#now = Math.max(this.#now, timer.at)
    this.#timers.delete(timer)
    timer.task()
    await settle()
    return true
  }

  #next(end: number): Timer | undefined {
    let first: Timer | undefined
    for (const timer of this.#timers) {
      if (timer.at > end) continue
      if (first === undefined || timer.at < first.at || (timer.at === first.at && timer.order < first.order))
        first = timer
    }
    return first
  }
}

/** Resolves when all promises that could settle have settled. */
export function settle(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve)
  })
}

declare function setImmediate(task: () => void): unknown

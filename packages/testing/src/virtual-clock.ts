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
    await settle()
    for (let timer = this.#next(end); timer !== undefined; timer = this.#next(end)) {
      this.#now = timer.at
      this.#timers.delete(timer)
      timer.task()
      await settle()
    }
    this.#now = end
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

import type { Clock } from '@wirepact/peer'

interface Timer {
  readonly at: number
  readonly order: number
  readonly task: () => void
  /** False once it has fired or was taken back. */
  set: boolean
}

/** Time that passes only when a test says so. */
export class VirtualClock implements Clock {
  #now = 0
  #order = 0
  #driving = 0
  readonly #timers = new TimerHeap()

  now(): number {
    return this.#now
  }

  /** Timers that have been set and have not fired. */
  get pending(): number {
    return this.#timers.size
  }

  schedule(delayMs: number, task: () => void): () => void {
    const timer: Timer = { at: this.#now + Math.max(0, delayMs), order: this.#order++, task, set: true }
    this.#timers.add(timer)
    return () => this.#timers.remove(timer)
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
    const timer = this.#timers.first
    if (timer === undefined || timer.at > end) return false
    // A machine that slept fires its timers late.
    this.#now = Math.max(this.#now, timer.at)
    this.#timers.remove(timer)
    timer.task()
    await settle()
    return true
  }
}

/**
 * Timers by when they fire, and by when they were set where that is the same. One that is removed stays where it is until
 * it comes to the top: thousands of clients take most of theirs back.
 */
class TimerHeap {
  readonly #heap: Timer[] = []
  #size = 0

  /** Timers in it that have not been removed. */
  get size(): number {
    return this.#size
  }

  get first(): Timer | undefined {
    while (this.#heap[0]?.set === false) this.#shift()
    return this.#heap[0]
  }

  add(timer: Timer): void {
    const heap = this.#heap
    let at = heap.push(timer) - 1
    for (let above = (at - 1) >> 1; at > 0 && isBefore(timer, heap[above] as Timer); above = (at - 1) >> 1) {
      heap[at] = heap[above] as Timer
      at = above
    }
    heap[at] = timer
    this.#size++
  }

  remove(timer: Timer): void {
    if (!timer.set) return
    timer.set = false
    this.#size--
  }

  #shift(): void {
    const heap = this.#heap
    const last = heap.pop() as Timer
    if (heap.length === 0) return
    let at = 0
    for (let below = 1; below < heap.length; below = 2 * at + 1) {
      const other = below + 1
      if (other < heap.length && isBefore(heap[other] as Timer, heap[below] as Timer)) below = other
      if (!isBefore(heap[below] as Timer, last)) break
      heap[at] = heap[below] as Timer
      at = below
    }
    heap[at] = last
  }
}

function isBefore(one: Timer, other: Timer): boolean {
  return one.at < other.at || (one.at === other.at && one.order < other.order)
}

/** Resolves when all promises that could settle have settled. */
export function settle(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve)
  })
}

declare function setImmediate(task: () => void): unknown

/** Time, as an open loop sees it. */
export interface LoopClock {
  /** In ms. */
  now(): number
  /** Calls back as soon as whatever arrived meanwhile has been handled. */
  nextTurn(then: () => void): void
}

/** Polls: a timer would be late by up to a millisecond, and that would be part of each latency. */
const systemClock: LoopClock = { now: () => performance.now(), nextTurn: (then) => void setImmediate(then) }

/** Numbers from 0 up to, not including, 1, the same for the same seed: every subject gets the same schedule. */
export function chance(seed: number): () => number {
  // Mulberry32, by Tommy Ettinger, in the public domain.
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/**
 * When calls are due, in ms from the start, of many callers who know nothing of each other: the times between them are
 * distributed exponentially.
 */
export function poisson(perSecond: number, milliseconds: number, random: () => number): Float64Array {
  const due: number[] = []
  for (let at = 0; ; ) {
    at -= (Math.log(1 - random()) / perSecond) * 1000
    if (at >= milliseconds) return Float64Array.from(due)
    due.push(at)
  }
}

export interface OpenLoop {
  /** From when each call was due to when it was answered, in ms. */
  readonly latencies: Float64Array
  /** How late each call was made, in ms: what of its latency is ours. */
  readonly lateness: Float64Array
  /** From the start to the last answer. */
  readonly seconds: number
}

/**
 * Makes each call when it is due, whether or not earlier ones were answered, and counts its latency from then. A server
 * that stalls is so charged for all calls that it kept waiting, and not only for the one that noticed: there is no
 * coordinated omission. Rejects with the first call that does.
 */
export function openLoop(
  due: Float64Array,
  call: (n: number) => Promise<void>,
  clock: LoopClock = systemClock,
): Promise<OpenLoop> {
  const latencies = new Float64Array(due.length)
  const lateness = new Float64Array(due.length)
  return new Promise((resolve, reject) => {
    const started = clock.now()
    let made = 0
    let answered = 0
    const passed = () => clock.now() - started
    const make = (n: number) => {
      lateness[n] = passed() - (due[n] ?? 0)
      call(n).then(() => {
        latencies[n] = passed() - (due[n] ?? 0)
        if (++answered === due.length) resolve({ latencies, lateness, seconds: passed() / 1000 })
      }, reject)
    }
    const turn = () => {
      const now = passed()
      while (made < due.length && (due[made] ?? 0) <= now) make(made++)
      if (made < due.length) clock.nextTurn(turn)
    }
    turn()
  })
}

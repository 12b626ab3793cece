/** By how much more has to come than ever before. Twice the window brings twice as much, or hardly more. */
const better = 1.4
/** What comes in less time, in ms, says more of how processes take turns than of the way. */
const leastMs = 50

/**
 * Says whether a larger window has carried more.
 *
 * A window that is smaller than what fits on the way carries twice as much when it is doubled. One that is not only fills
 * queues on the way, and what is sent meanwhile on the same connection (calls, above all) waits behind them. So after each
 * step the rate is measured while a whole window comes, or longer, and the next step has to wait until it is better.
 */
export class WindowGrowth {
  #since: number
  #receivedBytes = 0
  #bestRate = 0

  /** @param now when the stream began, in ms */
  constructor(now: number) {
    this.#since = now
  }

  /** The way is another one: what was measured says nothing of it. */
  restart(): void {
    this.#bestRate = 0
  }

  /** The window of so many bytes kept its sender waiting: whether it is worth being doubled. */
  isWorthIt(receivedBytes: number, windowBytes: number, now: number): boolean {
    const came = receivedBytes - this.#receivedBytes
    const elapsed = now - this.#since
    // A first step needs no comparison.
    if (this.#bestRate > 0 && (came < windowBytes || elapsed < leastMs)) return false
    // A clock that stood still has measured nothing.
    const rate = elapsed > 0 ? came / elapsed : Number.POSITIVE_INFINITY
    this.#since = now
    this.#receivedBytes = receivedBytes
    const isBetter = rate >= this.#bestRate * better
    if (rate < Number.POSITIVE_INFINITY) this.#bestRate = Math.max(rate, this.#bestRate)
    return isBetter
  }
}

// Theory of operation
//
// Clocks of two nodes say nothing about each other: they begin anywhere, and one may be set while the other runs. But the
// difference between when a message was sent (the sender's clock) and when it was received (ours) is the same for all
// messages of one sender, apart from how long each was under way. The smallest difference of late is that of the
// fastest message; whatever another one has above it, it was under way for longer. So a message that waited in an engine
// that stood still, or for a process that did, is known to be old without any clock being right.
//
// Clocks also drift, by seconds in a day, so what was smallest is forgotten after a while.

/** How long messages of one node were under way, beyond what its fastest ones take. */
export class Lag {
  /** The smallest differences in the period that runs, and in the one before it. */
  #now = Number.POSITIVE_INFINITY
  #before = Number.POSITIVE_INFINITY
  #since = Number.NEGATIVE_INFINITY

  /**
   * @param sentAt in ms of the sender's clock
   * @param receivedAt in ms of ours
   * @returns ms, 0 for the first message
   */
  of(sentAt: number, receivedAt: number): number {
    if (receivedAt - this.#since >= periodMs) {
      this.#before = this.#now
      this.#now = Number.POSITIVE_INFINITY
      this.#since = receivedAt
    }
    const difference = receivedAt - sentAt
    this.#now = Math.min(this.#now, difference)
    return difference - Math.min(this.#now, this.#before)
  }
}

/** Within two of these a drift of 100 ms in 1,000 s, which is a broken clock, adds up to 6 ms. */
const periodMs = 30_000

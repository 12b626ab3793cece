import { MisuseError } from './errors.ts'

/**
 * Memory that any number of connections share: messages that have not come in whole, and output that has not left.
 *
 * Limits of one connection bound one connection; ten thousand peers that each stay just below them do not. When the
 * budget is exceeded, the connection that holds the most is ended with 1013 (try again later), until the rest fits. So
 * the one that pays is the one that does the harm: a peer that begins messages and never ends them, or does not read.
 * One that wants to send while it holds the most itself is answered 'refused' instead, since its program can wait.
 *
 * It is looked at after each chunk and before each send, so it may be exceeded by what one chunk makes a connection
 * grow by. What a program keeps of its messages is its own affair and not counted.
 */
export class MemoryBudget {
  readonly limitBytes: number
  #used = 0
  readonly #shares: Share[] = []

  /**
   * @param limitBytes for all connections together, in bytes
   * @throws {MisuseError} when it is not a positive number
   */
  constructor(limitBytes: number) {
    if (!(limitBytes > 0)) throw new MisuseError(`a budget is a positive number of bytes, not ${String(limitBytes)}`)
    this.limitBytes = limitBytes
  }

  /** What all connections hold now, in bytes. */
  get usedBytes(): number {
    return this.#used
  }

  /**
   * For a connection to take part.
   * @param evict end this connection and let go of its memory at once
   */
  join(evict: () => void): BudgetShare {
    const share = new Share(this, evict, this.#shares.length)
    this.#shares.push(share)
    return share
  }

  /** @internal */
  change(byBytes: number): void {
    this.#used += byBytes
  }

  /** @internal Does what is held, and `more`, fit after whoever holds more than `asking` has gone? */
  makeRoom(more: number, asking: BudgetShare | undefined): boolean {
    while (this.#used + more > this.limitBytes) {
      const largest = this.#largest()
      // Nobody holds anything: one message is larger than the whole budget.
      if (largest === undefined || largest === asking) return false
      largest.evict()
    }
    return true
  }

  /** @internal */
  leave(index: number): void {
    const last = this.#shares.pop()!
    if (index === this.#shares.length) return
    this.#shares[index] = last
    last.index = index
  }

  /** A walk over all of them; it happens once for every connection that is ended. */
  #largest(): Share | undefined {
    let largest: Share | undefined
    for (const share of this.#shares) {
      if (share.bytes > 0 && (largest === undefined || share.bytes > largest.bytes)) largest = share
    }
    return largest
  }
}

/** One connection's part of a budget. */
export interface BudgetShare {
  /** Tell what the connection holds now, in bytes. May end connections, this one among them. */
  hold(bytes: number): void
  /** May it hold this many bytes more? Ends connections that hold more than this one. */
  admits(moreBytes: number): boolean
  /** The connection is over. */
  leave(): void
}

class Share implements BudgetShare {
  readonly evict: () => void
  index: number
  bytes = 0
  readonly #budget: MemoryBudget

  constructor(budget: MemoryBudget, evict: () => void, index: number) {
    this.#budget = budget
    this.evict = evict
    this.index = index
  }

  hold(bytes: number): void {
    const more = bytes - this.bytes
    if (more === 0 || this.index < 0) return
    this.bytes = bytes
    this.#budget.change(more)
    if (more > 0) this.#budget.makeRoom(0, undefined)
  }

  admits(moreBytes: number): boolean {
    return this.#budget.makeRoom(moreBytes, this)
  }

  leave(): void {
    if (this.index < 0) return
    this.hold(0)
    this.#budget.leave(this.index)
    this.index = -1
  }
}

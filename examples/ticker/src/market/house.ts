import type { OrderBook } from './order-book.ts'

/** How far from the price the house offers, in steps. */
const DEPTH = 14

/** A price that wanders and comes back, and the house that trades around it: what makes the markets move by themselves. */
export class House {
  readonly #start: number
  readonly #random: () => number
  /** The least that prices differ by, in cents. */
  readonly step: number
  #fair: number

  constructor(start: number, random: () => number, fair = start) {
    this.#start = start
    this.#fair = fair
    this.#random = random
    this.step = Math.max(1, Math.round(start / 2_000))
  }

  /** Does what houses do in one moment: follows the price, renews some offers, and takes some. */
  trade(book: OrderBook): void {
    this.#fair += (this.#random() - 0.5) * this.step * 3 + (this.#start - this.#fair) * 0.004
    const middle = this.#round(this.#fair)
    for (const side of ['buy', 'sell'] as const) {
      const sign = side === 'buy' ? -1 : 1
      // What lies behind the depth, or on the wrong side of the price, is of no use to anybody.
      for (const { price } of book.levels(side)) {
        const away = (sign * (price - middle)) / this.step
        if (away < 1 || away > DEPTH || this.#random() < 0.08) book.withdraw(side, price)
      }
      for (let away = 1; away <= DEPTH; away++) {
        if (this.#random() > (book.levels(side).length < DEPTH ? 0.4 : 0.06)) continue
        book.place({ side, price: middle + sign * away * this.step, quantity: this.#quantity(away) })
      }
    }
    if (this.#random() < 0.55) {
      const side = this.#random() < 0.5 ? 'buy' : 'sell'
      const price = book.best(side === 'buy' ? 'sell' : 'buy')
      if (price !== undefined) book.place({ side, price, quantity: this.#quantity(1) })
    }
  }

  #quantity(away: number): number {
    return 1 + Math.floor(this.#random() * (8 + away * 5))
  }

  #round(price: number): number {
    return Math.max(DEPTH + 1, Math.round(price / this.step)) * this.step
  }
}

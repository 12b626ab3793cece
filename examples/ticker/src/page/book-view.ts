import type { Book, Change, Level, Trade } from '../contract.ts'
import { Numbering } from './numbering.ts'

const MOST_TRADES = 24

/** A market's book as this page knows it: the whole, and every change since. */
export class BookView {
  readonly numbering = new Numbering()
  trades: readonly Trade[] = []
  readonly #bids = new Map<number, number>()
  readonly #asks = new Map<number, number>()

  snapshot({ n, bids, asks, trades }: Book): void {
    this.#bids.clear()
    this.#asks.clear()
    apply(this.#bids, bids)
    apply(this.#asks, asks)
    this.trades = trades
    this.numbering.snapshot(n)
  }

  change({ n, bids, asks, trades, again }: Change): void {
    if (!this.numbering.hear(n, again)) return
    apply(this.#bids, bids)
    apply(this.#asks, asks)
    this.trades = [...trades.toReversed(), ...this.trades].slice(0, MOST_TRADES)
  }

  /** Best price first. */
  bids(most: number): Level[] {
    return sorted(this.#bids, -1).slice(0, most)
  }

  /** Best price first. */
  asks(most: number): Level[] {
    return sorted(this.#asks, 1).slice(0, most)
  }
}

function apply(side: Map<number, number>, levels: readonly Level[]): void {
  for (const { price, quantity } of levels) {
    if (quantity === 0) side.delete(price)
    else side.set(price, quantity)
  }
}

function sorted(side: ReadonlyMap<number, number>, sign: number): Level[] {
  return [...side]
    .map(([price, quantity]) => ({ price, quantity }))
    .sort((one, other) => sign * (one.price - other.price))
}

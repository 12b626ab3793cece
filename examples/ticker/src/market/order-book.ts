import type { Change, Level, Order, Side, Trade } from '../contract.ts'

/** An order of a person, as it stands in the book. */
export type Resting = { readonly id: string; readonly trader: string; left: number; reports: number }

/** What happened to a person's order, and whom it concerns. */
export type Told = { trader: string; id: string; n: number; quantity: number; price: number; left: number }

/** One price: what the house offers there, and then the people, first come first served. */
type Queue = { house: number; people: Resting[] }

export type SavedQueue = readonly [price: number, house: number, people: readonly Resting[]]
export type SavedSides = { readonly bids: readonly SavedQueue[]; readonly asks: readonly SavedQueue[] }

/** What was done to the book since this was asked for the last time. */
export type Moment = Pick<Change, 'bids' | 'asks' | 'trades'> & { readonly told: readonly Told[] }

/** A limit order book: orders that meet are traded at once, at the price of the one that was there first. */
export class OrderBook {
  readonly #sides: Record<Side, Map<number, Queue>>
  readonly #touched: Record<Side, Set<number>> = { buy: new Set(), sell: new Set() }
  #trades: Trade[] = []
  #told: Told[] = []

  constructor(saved: SavedSides = { bids: [], asks: [] }) {
    const side = (queues: readonly SavedQueue[]) =>
      new Map(queues.map(([price, house, people]) => [price, { house, people: people.map((each) => ({ ...each })) }]))
    this.#sides = { buy: side(saved.bids), sell: side(saved.asks) }
  }

  /** The best price of a side; undefined when it is empty. */
  best(side: Side): number | undefined {
    const prices = [...this.#sides[side].keys()]
    if (prices.length === 0) return undefined
    return side === 'buy' ? Math.max(...prices) : Math.min(...prices)
  }

  /** Best price first. */
  levels(side: Side): Level[] {
    const sign = side === 'buy' ? -1 : 1
    return [...this.#sides[side]]
      .map(([price, queue]) => ({ price, quantity: sizeOf(queue) }))
      .sort((one, other) => sign * (one.price - other.price))
  }

  /** Trades what meets the other side, and leaves the rest in the book. */
  place(order: Pick<Order, 'side' | 'price' | 'quantity'>, by?: { id: string; trader: string }): void {
    const { side, price } = order
    const mine = by && { ...by, left: order.quantity, reports: 0 }
    if (mine !== undefined) this.#tell(mine, 0, price)
    let { quantity } = order
    const other = side === 'buy' ? 'sell' : 'buy'
    while (quantity > 0) {
      const best = this.best(other)
      if (best === undefined || (side === 'buy' ? best > price : best < price)) break
      const traded = this.#take(other, best, quantity)
      quantity -= traded
      this.#trades.push({ price: best, quantity: traded, side })
      if (mine !== undefined) this.#tell(mine, traded, best)
    }
    if (quantity === 0) return
    const queue = this.#at(side, price)
    if (mine === undefined) queue.house += quantity
    else queue.people.push(mine)
  }

  /** The house takes back what it offered at a price; the people's orders stay. */
  withdraw(side: Side, price: number): void {
    const queue = this.#sides[side].get(price)
    if (queue === undefined || queue.house === 0) return
    queue.house = 0
    this.#touch(side, price)
  }

  /** What happened since it was asked the last time. */
  takeMoment(): Moment {
    const changed = (side: Side) =>
      [...this.#touched[side]].map((price) => ({ price, quantity: sizeOf(this.#sides[side].get(price)) }))
    const moment = { bids: changed('buy'), asks: changed('sell'), trades: this.#trades, told: this.#told }
    this.#touched.buy.clear()
    this.#touched.sell.clear()
    this.#trades = []
    this.#told = []
    return moment
  }

  save(): SavedSides {
    const side = (queues: Map<number, Queue>) =>
      [...queues].map(([price, { house, people }]): SavedQueue => [price, house, people])
    return { bids: side(this.#sides.buy), asks: side(this.#sides.sell) }
  }

  #take(side: Side, price: number, wanted: number): number {
    const queue = this.#at(side, price)
    const fromHouse = Math.min(queue.house, wanted)
    queue.house -= fromHouse
    let taken = fromHouse
    for (let first = queue.people[0]; taken < wanted && first !== undefined; first = queue.people[0]) {
      const traded = Math.min(first.left, wanted - taken)
      this.#tell(first, traded, price)
      taken += traded
      if (first.left === 0) queue.people.shift()
    }
    this.#touch(side, price)
    return taken
  }

  #at(side: Side, price: number): Queue {
    const queue = this.#sides[side].get(price) ?? { house: 0, people: [] }
    this.#sides[side].set(price, queue)
    this.#touched[side].add(price)
    return queue
  }

  #touch(side: Side, price: number): void {
    this.#touched[side].add(price)
    const queue = this.#sides[side].get(price)
    if (queue !== undefined && sizeOf(queue) === 0) this.#sides[side].delete(price)
  }

  #tell(order: Resting, quantity: number, price: number): void {
    order.left -= quantity
    order.reports++
    this.#told.push({ trader: order.trader, id: order.id, n: order.reports, quantity, price, left: order.left })
  }
}

function sizeOf(queue: Queue | undefined): number {
  return queue === undefined ? 0 : queue.people.reduce((sum, { left }) => sum + left, queue.house)
}

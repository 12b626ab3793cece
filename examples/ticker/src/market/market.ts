import type { EventLog, LogWatch, Position } from '@wirepact/eventlog'
import type { Server } from '@wirepact/server'
import type { MarketName, Row, ticker } from '../contract.ts'
import { House } from './house.ts'
import { OrderBook } from './order-book.ts'
import { decode, loadMarket, type Queued, queueOf, type SavedMarket, type Step, saveMarket } from './saved-market.ts'

export type Publishers = Server<typeof ticker, never>['events']

export type MarketOptions = {
  log: EventLog
  events: Publishers
  market: MarketName
  /** What it costs at first, in cents. */
  start: number
  random: () => number
}

/** What a page that has just come is shown of the time before. */
const RECENT_PRICES = 150
const RECENT_TRADES = 24

// Theory of operation
//
// Three things are written in a fixed order, and each rule follows from it. An order is in the queue before its sender is
// told so. A step (what one moment changed) is saved, together with the book after it and the place in the queue, before
// it is published: so whoever reads the saved book after it has seen an event finds that event in it, which is what makes
// it a snapshot, and a market that dies in between finds the orders it had taken, and the step that it still owes.

/** One market: takes orders out of its queue, matches them, and says what changed. There is one in the whole exchange. */
export class Market {
  readonly #options: MarketOptions
  readonly #book: OrderBook
  readonly #house: House
  readonly #arrived: { readonly order: Queued; readonly position: Position }[] = []
  #saved: SavedMarket
  #owes: Step | undefined
  #watch: LogWatch | undefined

  private constructor(options: MarketOptions, saved: SavedMarket, isNew: boolean) {
    this.#options = options
    this.#saved = saved
    this.#book = new OrderBook(saved.sides)
    this.#house = new House(options.start, options.random, saved.row.last)
    const { step } = saved
    if (!isNew && step !== undefined) this.#owes = { ...step, change: { ...step.change, again: true } }
  }

  /** Begins where the market before it stopped, orders that came meanwhile included. */
  static async open(options: MarketOptions): Promise<Market> {
    const { log, market, start } = options
    const saved = await loadMarket(log, market)
    const taken = saved?.taken ?? (await log.head(queueOf(market)))
    const row: Row = { market, open: start, high: start, low: start, last: start, volume: 0 }
    const opened = new Market(
      options,
      saved ?? { n: 0, sides: { bids: [], asks: [] }, row, prices: [], trades: [], taken, step: undefined },
      saved === undefined,
    )
    await opened.#follow(taken)
    return opened
  }

  get row(): Row {
    return this.#saved.row
  }

  /** One moment: what is owed goes out, or the next step is made. Rejects when the engine is away; then try again. */
  async step(): Promise<void> {
    const { log, market, events } = this.#options
    if (this.#owes === undefined) {
      this.#owes = this.#make()
      this.#saved = { ...this.#saved, sides: this.#book.save(), step: this.#owes }
    }
    const { change, told } = this.#owes
    // If this fails, some of it may have gone out, and goes out again: it says so, and who has it knows its number.
    this.#owes = { change: { ...change, again: true }, told }
    await saveMarket(log, market, this.#saved)
    await Promise.all([
      events.book.publish({ market }, change),
      events.price.publish({ market, n: change.n, price: this.#saved.row.last }),
      ...told.map(({ trader, ...report }) => events.report.publish({ trader }, { ...report, step: change.n })),
    ])
    this.#owes = undefined
  }

  close(): void {
    this.#watch?.close()
  }

  #make(): Step {
    let { taken } = this.#saved
    for (const { order, position } of this.#arrived.splice(0)) {
      this.#book.place(order, { id: order.id, trader: order.trader })
      taken = position
    }
    this.#house.trade(this.#book)
    const { told, ...moment } = this.#book.takeMoment()
    const n = this.#saved.n + 1
    let { row } = this.#saved
    for (const { price, quantity } of moment.trades) {
      const { high, low, volume } = row
      row = { ...row, last: price, high: Math.max(high, price), low: Math.min(low, price), volume: volume + quantity }
    }
    const prices = [...this.#saved.prices, row.last].slice(-RECENT_PRICES)
    const trades = [...moment.trades.toReversed(), ...this.#saved.trades].slice(0, RECENT_TRADES)
    this.#saved = { ...this.#saved, n, row, prices, trades, taken }
    return { change: { n, ...moment }, told }
  }

  async #follow(taken: Position): Promise<void> {
    const { log, market } = this.#options
    const queue = queueOf(market)
    const arrive = (epoch: string, record: { offset: number; data: Uint8Array }) => {
      const newest = this.#arrived.at(-1)?.position ?? this.#saved.taken
      if (newest.epoch === epoch && record.offset <= newest.offset) return
      this.#arrived.push({ order: decode(record.data), position: { epoch, offset: record.offset } })
    }
    let { epoch } = taken
    const early: { offset: number; data: Uint8Array }[] = []
    let caughtUp = false
    this.#watch = await log.watch(queue, {
      record: (record) => void (caughtUp ? arrive(epoch, record) : early.push(record)),
      gap: (_, position) => {
        epoch = position.epoch
      },
    })
    // What came before the watch began, from where the market before us had got to.
    for (let after = taken; ; ) {
      const { records, position, head } = await log.read(queue, after, { maxRecords: 1_000, maxBytes: 1_000_000 })
      epoch = position.epoch
      for (const record of records) arrive(epoch, record)
      after = position
      if (position.offset >= head.offset) break
    }
    caughtUp = true
    for (const record of early) arrive(epoch, record)
  }
}

import type { EventLog, Position } from '@wirepact/eventlog'
import type { Book, Change, Level, MarketName, Order, Row, Trade } from '../contract.ts'
import type { SavedQueue, SavedSides, Told } from './order-book.ts'

/** A change of a book, and what it means for those whose orders were in it. */
export type Step = { readonly change: Change; readonly told: readonly Told[] }

/** All there is to know of a market, as it lies in the engine. */
export type SavedMarket = {
  readonly n: number
  readonly sides: SavedSides
  readonly row: Row
  /** The last prices, oldest first, and the last trades, newest first. */
  readonly prices: readonly number[]
  readonly trades: readonly Trade[]
  /** Up to where orders were taken out of the queue. Saved with what they did, so that each is taken once. */
  readonly taken: Position
  /** What was about to be published when this was saved. */
  readonly step: Step | undefined
}

/** An order in the queue. */
export type Queued = Order & { readonly trader: string }

const DAY_MS = 24 * 3_600_000
const encoder = new TextEncoder()
const decoder = new TextDecoder()

export const queueOf = (market: MarketName) => `ticker orders ${market}`

export function encode(value: unknown): Uint8Array {
  return encoder.encode(JSON.stringify(value))
}

export function decode<Value>(bytes: Uint8Array): Value {
  return JSON.parse(decoder.decode(bytes)) as Value
}

/** The market as it was saved last; undefined before there was one. */
export async function loadMarket(log: EventLog, market: MarketName): Promise<SavedMarket | undefined> {
  const bytes = await log.kv.get(`ticker market ${market}`)
  return bytes === undefined ? undefined : decode(bytes)
}

export async function saveMarket(log: EventLog, market: MarketName, saved: SavedMarket): Promise<void> {
  await log.kv.put(`ticker market ${market}`, encode(saved), { ttlMs: DAY_MS })
}

/** What a page begins with. */
export function bookOf({ n, sides, prices, trades }: SavedMarket): Book {
  const levels = (queues: readonly SavedQueue[], sign: number): Level[] =>
    queues
      .map(([price, house, people]) => ({ price, quantity: people.reduce((sum, { left }) => sum + left, house) }))
      .filter(({ quantity }) => quantity > 0)
      .sort((one, other) => sign * (one.price - other.price))
  return { n, bids: levels(sides.bids, -1), asks: levels(sides.asks, 1), prices: [...prices], trades: [...trades] }
}

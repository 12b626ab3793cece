import { contract, event, notification, procedure } from '@wirepact/contract'
// The small-bundle flavour of zod: the page carries this file too.
import * as z from 'zod/mini'

/** Everything that can pass between the spice exchange and those who watch it. Prices are in cents. */

export const MARKETS = ['saffron', 'vanilla', 'cardamom', 'clove', 'nutmeg', 'pepper'] as const
const MarketName = z.enum(MARKETS)
export type MarketName = (typeof MARKETS)[number]

const Side = z.enum(['buy', 'sell'])
const Cents = z.int().check(z.positive())
const Quantity = z.int().check(z.positive(), z.maximum(10_000))
/** A price, and how much is wanted or offered at it; 0 means nothing any more. */
const Level = z.object({ price: Cents, quantity: z.int().check(z.nonnegative()) })
const Trade = z.object({ price: Cents, quantity: Quantity, side: Side })

/** The whole book, best price first on either side. */
const Book = z.object({
  /** The number of the newest change that is in it. */
  n: z.int(),
  bids: z.array(Level),
  asks: z.array(Level),
  /** What was paid lately, oldest first, for a page to begin with. */
  prices: z.array(Cents),
  /** Newest first. */
  trades: z.array(Trade),
})

/** What one moment changed in a book. */
const Change = z.object({
  /** Counts 1, 2, 3 … for each market, so that a page can prove that it missed none. */
  n: z.int(),
  bids: z.array(Level),
  asks: z.array(Level),
  trades: z.array(Trade),
  /** The market was started again, and cannot know whether this one went out before. */
  again: z.optional(z.boolean()),
})

const Price = z.object({ market: MarketName, n: z.int(), price: Cents })

const Row = z.object({
  market: MarketName,
  open: Cents,
  high: Cents,
  low: Cents,
  last: Cents,
  volume: z.int(),
})

/** What became of an order: it entered the book, or some of it was traded. */
const Report = z.object({
  id: z.string(),
  /** Counts the reports of one order from 1. The first says that it entered. */
  n: z.int(),
  /** The change of the book that it belongs to: an order that entered with two of them would have taken effect twice. */
  step: z.int(),
  quantity: z.int(),
  price: Cents,
  left: z.int(),
})

const Order = z.object({
  /** Chosen by whoever places it, at random. An order with this id takes effect once, however often it is sent. */
  id: z.string().check(z.minLength(16), z.maxLength(64)),
  market: MarketName,
  side: Side,
  price: Cents,
  quantity: Quantity,
})

export const ticker = contract({
  server: {
    orders: {
      /** Resolves when the order is in the market's queue, for good. */
      place: procedure({
        input: Order,
        output: z.object({ node: z.string() }),
        errors: { TOO_FAR: z.object({ lowest: Cents, highest: Cents }) },
      }),
    },
    node: {
      /** The node that serves this page ends at once, as by `kill -9`. Nobody could answer, so nobody is asked to. */
      kill: notification(),
    },
  },
  events: {
    /** A market's book: the whole of it at first, and then what changes. */
    book: event({ topic: z.object({ market: MarketName }), payload: Change, snapshot: Book }),
    /** Every price of every market. A screen that cannot keep up gets the newest of each, and nothing piles up for it. */
    price: event({ payload: Price, onGap: 'skip', whenSlow: { latest: ({ market }) => market } }),
    /** Once a second, to everybody: how the day has been so far. */
    session: event({ payload: z.object({ n: z.int(), at: z.date(), rows: z.array(Row) }), onGap: 'skip' }),
    /** What becomes of one trader's orders, for nobody else to hear. */
    report: event({ topic: z.object({ trader: z.string() }), payload: Report, onGap: 'skip' }),
  },
  /** What the node keeps up to date for each page. */
  state: z.object({
    node: z.object({ name: z.string(), pid: z.int(), startedAt: z.date() }),
    /** Whom the page is, to hear its own reports. */
    trader: z.string(),
    /** How many watch each market's book, and on which nodes. */
    audience: z.array(z.object({ market: MarketName, node: z.string(), watching: z.int() })),
  }),
})

export type Side = z.output<typeof Side>
export type Level = z.output<typeof Level>
export type Trade = z.output<typeof Trade>
export type Book = z.output<typeof Book>
export type Change = z.output<typeof Change>
export type Row = z.output<typeof Row>
export type Report = z.output<typeof Report>
export type Order = z.output<typeof Order>

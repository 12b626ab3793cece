import { setTimeout as delay } from 'node:timers/promises'
import type { EventLog } from '@wirepact/eventlog'
import { createServer } from '@wirepact/server'
import { MARKETS, type MarketName, ticker } from '../contract.ts'
import { Market, type Publishers } from './market.ts'
import { decode, encode } from './saved-market.ts'

/** What things cost at first, in cents. */
const STARTS: Record<MarketName, number> = {
  ...{ saffron: 912_00, vanilla: 286_50, cardamom: 64_20 },
  ...{ clove: 21_75, nutmeg: 18_40, pepper: 9_86 },
}

export type ExchangeOptions = {
  log: EventLog
  /** How often each market moves, in ms. @default 200 */
  everyMs?: number
  /** How often everybody is told how the day has been, in ms. @default 1000 */
  sessionMs?: number
  /** @default Math.random */
  random?: () => number
  /** Hears when the engine is away, and is asked for again. */
  report?: (error: unknown) => void
}

export type Exchange = { close(): Promise<void> }

/**
 * The markets themselves. They serve nobody: they publish into the engine, and the nodes serve whoever watches. It runs
 * once; when it is started again it goes on where it was.
 */
export async function startExchange(options: ExchangeOptions): Promise<Exchange> {
  const { log, everyMs = 200, sessionMs = 1_000, random = Math.random, report = () => {} } = options
  // A server without a port: it is here for its typed publishers.
  const server = createServer<typeof ticker, never>(ticker, {
    log,
    handlers: { orders: { place: () => elsewhere() }, node: { kill() {} } },
    state: () => elsewhere(),
    events: { book: { snapshot: () => elsewhere() } },
    report: ({ error }) => report(error),
  })
  const { events } = server
  const markets = await Promise.all(
    MARKETS.map((market) => Market.open({ log, events, market, start: STARTS[market], random })),
  )
  let open = true
  const loop = async (periodMs: number, beginMs: number, work: () => Promise<void>) => {
    await delay(beginMs)
    while (open) {
      const began = performance.now()
      // What could not be said now is said the next time.
      await work().catch(report)
      await delay(Math.max(5, periodMs - (performance.now() - began)))
    }
  }
  const loops = [
    // One after the other within the period: the engine hears a steady stream, not a beat.
    ...markets.map((market, index) => loop(everyMs, (everyMs * index) / markets.length, () => market.step())),
    loop(sessionMs, 0, await broadcast(log, events, markets)),
  ]
  return {
    async close() {
      open = false
      await Promise.all(loops)
      for (const market of markets) market.close()
      await server.close()
    },
  }
}

/** The broadcast to everybody, numbered on from where the exchange before us stopped. */
async function broadcast(log: EventLog, events: Publishers, markets: readonly Market[]) {
  const key = 'ticker session'
  const saved = await log.kv.get(key)
  let n = saved === undefined ? 0 : decode<number>(saved)
  return async () => {
    n++
    await log.kv.put(key, encode(n), { ttlMs: 24 * 3_600_000 })
    await events.session.publish({ n, at: new Date(), rows: markets.map(({ row }) => row) })
  }
}

function elsewhere(): never {
  throw new Error('the exchange serves nobody itself')
}

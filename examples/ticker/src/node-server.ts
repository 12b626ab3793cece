import { createHash } from 'node:crypto'
import type { EventLog } from '@wirepact/eventlog'
import { createServer, type Server, type ServerOptions } from '@wirepact/server'
import * as z from 'zod/mini'
import type { Watching } from './audience.ts'
import { ticker } from './contract.ts'
import { type Context, handlersOf } from './handlers.ts'
import { bookOf, loadMarket } from './market/saved-market.ts'

export type NodeServerOptions = Pick<ServerOptions<typeof ticker, Context>, 'system' | 'limits'> & {
  /** How many watch what, for a page to begin with. @default nobody */
  audience?: () => readonly Watching[]
  /** What pages call it. */
  name: string
  log: EventLog
  /** What happens when a page asks for the node's end. */
  kill: () => void
}

/** What the page sends to say who it is: a secret of its own, kept for as long as its tab is open. */
const Credentials = z.object({ key: z.string().check(z.minLength(16), z.maxLength(64)) })

/** What serves pages. It holds nothing that another node could not go on with: all that has to last is in the log. */
export function createNodeServer(options: NodeServerOptions): Server<typeof ticker, Context> {
  const { name, log, kill, audience = () => [], ...rest } = options
  z.config(z.locales.en())
  const node = { name, pid: process.pid, startedAt: new Date() }
  return createServer<typeof ticker, Context>(ticker, {
    ...rest,
    log,
    authenticate: ({ credentials }) => ({ trader: traderOf(z.parse(Credentials, credentials).key) }),
    principal: ({ context }) => context.trader,
    state: ({ context: { trader } }) => ({ node, trader, audience: [...audience()] }),
    // Here nodes are killed for sport, and the others shall know it sooner than they would in earnest.
    nodes: { heartbeatMs: 400, goneMs: 1_200 },
    handlers: handlersOf({ log, name, kill }),
    events: {
      book: {
        // The exchange saves a book before it publishes the change, so what is saved now holds every change that was
        // published before somebody asked: exactly what a snapshot has to be.
        async snapshot({ topic: { market } }) {
          const saved = await loadMarket(log, market)
          return saved === undefined ? { n: 0, bids: [], asks: [], prices: [], trades: [] } : bookOf(saved)
        },
      },
      report: { authorize: ({ topic, context }) => topic.trader === context.trader },
    },
  })
}

/** Others may see this of a page, and cannot guess the secret from it. */
function traderOf(key: string): string {
  return createHash('sha256').update(key).digest('base64url').slice(0, 16)
}

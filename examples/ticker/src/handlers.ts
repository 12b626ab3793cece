import { type EventLog, EventLogError } from '@wirepact/eventlog'
import { WirepactError } from '@wirepact/protocol'
import type { ServerOptions } from '@wirepact/server'
import type { ticker } from './contract.ts'
import { encode, loadMarket, type Queued, queueOf } from './market/saved-market.ts'

/** What `authenticate` makes of a page. */
export type Context = { readonly trader: string }

/** How far from the last price an order may be. */
const BAND = 0.1

/** What a node does when a page calls. */
export function handlersOf(parts: {
  log: EventLog
  name: string
  kill(): void
}): ServerOptions<typeof ticker, Context>['handlers'] {
  const { log, name, kill } = parts
  return {
    orders: {
      async place({ input, context: { trader }, errors }) {
        try {
          const last = (await loadMarket(log, input.market))?.row.last
          if (last === undefined) throw new WirepactError('unavailable', 'the exchange has not opened yet')
          const [lowest, highest] = [Math.ceil(last * (1 - BAND)), Math.floor(last * (1 + BAND))]
          if (input.price < lowest || input.price > highest) throw errors.TOO_FAR({ lowest, highest })
          const queued: Queued = { ...input, trader }
          // The id goes into the queue together with the order, in one write: whoever sends the same order again, after
          // this node died between the write and the answer, adds nothing.
          await log.append(queueOf(input.market), encode(queued), { dedupeKey: input.id })
        } catch (error) {
          if (error instanceof EventLogError) throw new WirepactError('unavailable', 'the engine is away')
          throw error
        }
        return { node: name }
      },
    },
    node: { kill },
  }
}

import type { EventLog } from '@wirepact/eventlog'
import type { Server } from '@wirepact/server'
import { MARKETS, type MarketName, type ticker } from './contract.ts'
import type { Context } from './handlers.ts'
import { decode, encode } from './market/saved-market.ts'

export type Watching = { market: MarketName; node: string; watching: number }

export type AudienceOptions = {
  log: EventLog
  server: Server<typeof ticker, Context>
  /** What this node is called. */
  name: string
  /** How often the nodes are asked, in ms. @default 1000 */
  everyMs?: number
}

const DAY_MS = 24 * 3_600_000
const keyOf = (node: string) => `ticker name of node ${node}`

/** How many watch each market, on all nodes: asked every second, and told to every page of this node when it changed. */
export class Audience {
  list: readonly Watching[] = []
  readonly #options: AudienceOptions
  readonly #names = new Map<string, string>()
  readonly #timer: NodeJS.Timeout

  constructor(options: AudienceOptions) {
    const { log, server, name, everyMs = 1_000 } = options
    this.#options = options
    // Nodes know each other by ids, which are new with every start; people know them by names.
    const named = Promise.resolve(log.kv.put(keyOf(server.nodes.id), encode(name), { ttlMs: DAY_MS }))
    named.catch(() => {})
    const look = () => void this.#look().catch(() => {})
    this.#timer = setInterval(look, everyMs)
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  // When the engine is away nobody can be asked: what was known stands a little longer.
  async #look(): Promise<void> {
    const { server } = this.#options
    const list: Watching[] = []
    for (const market of MARKETS) {
      const { nodes } = await server.events.book.listeners({ market }, { maxAgeMs: 500 })
      // A node that was killed and the one in its place have one name.
      const byName = new Map<string, number>()
      for (const { node, count } of nodes) {
        const name = await this.#nameOf(node)
        byName.set(name, (byName.get(name) ?? 0) + count)
      }
      for (const [node, watching] of byName) list.push({ market, node, watching })
    }
    if (JSON.stringify(list) === JSON.stringify(this.list)) return
    this.list = list
    for (const { state } of server.connections) state.update({ audience: [...list] })
  }

  async #nameOf(node: string): Promise<string> {
    const known = this.#names.get(node)
    if (known !== undefined) return known
    const bytes = await this.#options.log.kv.get(keyOf(node))
    const name = bytes === undefined ? 'another node' : decode<string>(bytes)
    if (bytes !== undefined) this.#names.set(node, name)
    return name
  }
}

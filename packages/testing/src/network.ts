import { type Client, type ClientOptions, createClient, DialError } from '@wirepact/client'
import type { AnyContract } from '@wirepact/contract'
import type { Server, System } from '@wirepact/server'
import { Link } from './link.ts'
import { SeededRandom } from './random.ts'
import { VirtualClock } from './virtual-clock.ts'

export interface NetworkOptions {
  /** Decides all chance in the run. @default 1 */
  readonly seed?: number
  /** How long a message travels at most, in ms. @default 5 */
  readonly latencyMs?: number
  /** @default 'binary' */
  readonly encoding?: 'binary' | 'json'
}

/** A network in memory between clients and one server, with a clock of its own, that fails when told to. */
export class Network {
  readonly clock = new VirtualClock()
  readonly random: SeededRandom
  readonly #options: Required<NetworkOptions>
  readonly #links = new Set<Link>()
  #server: Pick<Server<AnyContract, unknown>, 'accept'> | undefined
  #ids = 0
  #cutAt = Number.POSITIVE_INFINITY

  constructor(options: NetworkOptions = {}) {
    this.#options = { seed: 1, latencyMs: 5, encoding: 'binary', ...options }
    this.random = new SeededRandom(this.#options.seed)
  }

  /** Messages delivered so far, in both directions and over all connections. */
  delivered = 0

  /** Connections that stand. */
  get links(): readonly Link[] {
    return [...this.#links]
  }

  /** What to give `createServer` as `system`. */
  get serverSystem(): System {
    return {
      clock: this.clock,
      randomId: () => `id-${++this.#ids}-${this.random.below(0x1_0000_0000).toString(36)}`,
      randomBytes: (count) => Uint8Array.from({ length: count }, () => this.random.below(256)),
      digest: async (bytes) => bytes.join(' '),
    }
  }

  /** From now on clients reach this server; without one they reach none. */
  serve<C extends AnyContract, Context>(server: Server<C, Context> | undefined): void {
    this.#server = server
  }

  /** A client of whatever server is served. */
  connect<C extends AnyContract>(contract: C, options: ClientOptions<C> = {}): Client<C> {
    const system = { clock: this.clock, random: () => this.random.next() }
    return createClient(contract, (signal) => this.#dial(signal), { system, ...options })
  }

  /** Cuts every connection that stands. */
  cut(): void {
    for (const link of this.links) link.cut()
  }

  /** Cuts the connection on which the `count`th message from now would be delivered, instead of delivering it. */
  cutAfter(count: number): void {
    this.#cutAt = this.delivered + count
  }

  /** Lets time pass. */
  advance(ms: number): Promise<void> {
    return this.clock.advance(ms)
  }

  async #dial(signal: AbortSignal): Promise<Link['client']> {
    await new Promise<void>((resolve, reject) => {
      this.clock.schedule(this.#latency(), resolve)
      signal.addEventListener('abort', () => reject(signal.reason))
    })
    const server = this.#server
    if (server === undefined) throw new DialError('nobody listens', false)
    const link = new Link({
      clock: this.clock,
      encoding: this.#options.encoding,
      latencyMs: () => this.#latency(),
      deliver: () => this.#deliver(),
      closed: (closed) => this.#links.delete(closed),
    })
    this.#links.add(link)
    server.accept(link.server)
    return link.client
  }

  #deliver(): boolean {
    this.delivered++
    if (this.delivered !== this.#cutAt) return true
    this.#cutAt = Number.POSITIVE_INFINITY
    return false
  }

  #latency(): number {
    return this.random.next() * this.#options.latencyMs
  }
}

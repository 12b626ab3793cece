import { type Client, type ClientOptions, createClient, DialError } from '@wirepact/client'
import type { AnyContract, CompiledContract } from '@wirepact/contract'
import { answerWithHandlers } from '@wirepact/peer/answering'
import { eventing } from '@wirepact/peer/eventing'
import { ContractShapes } from '@wirepact/peer/shapes'
import { streaming } from '@wirepact/peer/streaming'
import { generatingShaper } from '@wirepact/protocol/node'
import type { Server, System } from '@wirepact/server'
import { type Delivery, Link } from './link.ts'
import { SeededRandom } from './random.ts'
import { VirtualClock } from './virtual-clock.ts'

export interface NetworkOptions {
  /** Decides all chance in the run. @default 1 */
  readonly seed?: number
  /** How long a message travels at most, in ms. @default 5 */
  readonly latencyMs?: number
  /** Whether values are laid out by shape, as between clients and servers of Node.js. @default true */
  readonly shapes?: boolean
  /** Whether clients ask for several messages in one, as those in browsers do; what is delivered may then be a batch. @default false */
  readonly batches?: boolean
}

/** What the network needs of a server. */
type Served = Pick<Server<AnyContract, unknown>, 'accept' | 'close'>

/** A network in memory between clients and one server, with a clock of its own, that fails when told to. */
export class Network {
  readonly clock = new VirtualClock()
  readonly random: SeededRandom
  readonly #options: Required<NetworkOptions>
  readonly #links = new Set<Link>()
  #server: Served | undefined
  #start: (() => Served) | undefined
  #ids = 0
  #faultAt = Number.POSITIVE_INFINITY
  #fault: (delivery: Delivery) => void = () => {}

  constructor(options: NetworkOptions = {}) {
    this.#options = { seed: 1, latencyMs: 5, shapes: true, batches: false, ...options }
    this.random = new SeededRandom(this.#options.seed)
  }

  /** Messages delivered so far, in both directions and over all connections. */
  delivered = 0

  /** Connections that stand, as at least one end believes. */
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

  /**
   * From now on clients reach this server; without one they reach none. Given a function, the network can `restart`
   * what it makes.
   */
  serve<C extends AnyContract, Context>(server: Server<C, Context> | (() => Server<C, Context>) | undefined): void {
    this.#start = typeof server === 'function' ? server : undefined
    this.#server = typeof server === 'function' ? server() : server
  }

  /** The server dies without a word, and another takes its place. @throws Error when `serve` was given no function */
  restart(): void {
    if (this.#start === undefined)
      throw new Error('network.restart: serve was not given a function that makes a server')
    const dead = this.#server
    this.#server = undefined
    this.cut()
    // Only so that nothing of it goes on: its connections are gone, it cannot say goodbye any more.
    void dead?.close()
    this.#server = this.#start()
  }

  /** A client of whatever server is served. */
  connect<C extends AnyContract>(contract: C, options: ClientOptions<C> = {}): Client<C> {
    const system = { clock: this.clock, random: () => this.random.next() }
    return createClient(
      contract,
      (signal) => this.#dial(signal),
      { system, ...options },
      {
        ...{ answering: answerWithHandlers, eventing, streaming, batches: this.#options.batches },
        ...(this.#options.shapes
          ? { shapes: (compiled: CompiledContract) => new ContractShapes(compiled, generatingShaper) }
          : {}),
      },
    )
  }

  /** Cuts every connection that stands. */
  cut(): void {
    for (const link of this.links) link.cut()
  }

  /** Cuts the connection on which the `count`th message from now would be delivered, instead of delivering it. */
  cutAfter(count: number): void {
    this.faultAfter(count, ({ link }) => link.cut())
  }

  /** Does something to the network right before the `count`th message from now would be delivered. */
  faultAfter(count: number, fault: (delivery: Delivery) => void): void {
    this.#faultAt = this.delivered + count
    this.#fault = fault
  }

  /** Lets time pass. */
  advance(ms: number): Promise<void> {
    return this.clock.advance(ms)
  }

  /**
   * Lets as much time pass as the promise needs to settle.
   *
   * @throws Error when it has not settled after `withinMs` @default 10 minutes
   */
  until<Value>(promise: Promise<Value>, withinMs = 600_000): Promise<Value> {
    return this.clock.until(promise, withinMs)
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
      encoding: 'binary',
      latencyMs: () => this.#latency(),
      deliver: (delivery) => this.#deliver(delivery),
      closed: (closed) => this.#links.delete(closed),
    })
    this.#links.add(link)
    server.accept(this.#options.shapes ? { ...link.server, shaper: generatingShaper } : link.server)
    return link.client
  }

  #deliver(delivery: Delivery): void {
    this.delivered++
    if (this.delivered !== this.#faultAt) return
    this.#faultAt = Number.POSITIVE_INFINITY
    this.#fault(delivery)
  }

  #latency(): number {
    return this.random.next() * this.#options.latencyMs
  }
}

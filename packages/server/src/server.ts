import { type AnyContract, type CompiledContract, compile, type Schema } from '@wirepact/contract'
import { type EventLog, MemoryLog } from '@wirepact/eventlog'
import {
  createEventPublishers,
  Deliveries,
  type EventPublishers,
  flattenEventHandlers,
  flattenHandlers,
  type Implementation,
  Incidents,
  type PeerCodec,
  type PublicationOptions,
} from '@wirepact/peer'
import { eventCodec } from '@wirepact/peer/json'
import {
  type ChannelReceiver,
  type ChannelSource,
  closeCode,
  type HelloMessage,
  trustedLimits,
  WirepactError,
} from '@wirepact/protocol'
import { authorizing } from './authorization.ts'
import { type Bounds, boundsOf, publishingOf } from './bounds.ts'
import { ChannelShapes } from './channel-shapes.ts'
import { ConnectionFace } from './connection.ts'
import { Drain, type DrainOptions } from './drain.ts'
import { Heartbeat } from './heartbeat.ts'
import { Identification } from './identification.ts'
import { KeyedRuns } from './keyed-runs.ts'
import { type Limits, limitsFrom } from './limits.ts'
import { type Connections, LiveConnections } from './live-connections.ts'
import { metricsOf, type ServerMetrics } from './metrics.ts'
import { nodesOf, publishingBy } from './nodes/joining.ts'
import type { ServerNodes } from './nodes/nodes.ts'
import { Opening, TurnedAway } from './opening.ts'
import { checkState, keyTtlFrom, lingerFrom, type ServerOptions, type System } from './options.ts'
import { orderlyCodecs } from './orderly-codec.ts'
import { platform, printReport } from './platform.ts'
import { Principals } from './principals.ts'
import { goingAway, LogProbe, type Readiness } from './readiness.ts'
import type { Renewed } from './renewal.ts'
import { type ConnectionRequest, noRequest } from './request.ts'
import { Roster } from './roster.ts'
import { ServedConnection } from './served-connection.ts'
import type { ServerCore } from './server-core.ts'
import type { Server } from './server-face.ts'
import { SessionHooks } from './session-hooks.ts'
import { Sessions } from './sessions.ts'
import { Topics } from './topics.ts'

/**
 * Implements the server's part of a contract.
 *
 * @throws TypeError that names what is missing from the handlers or the contract does not know
 */
export function createServer<C extends AnyContract, Context = undefined>(
  contract: C,
  options: ServerOptions<C, Context>,
): Server<C, Context> {
  return new ContractServer(contract, options)
}

class ContractServer<C extends AnyContract, Context> implements Server<C, Context>, ServerCore<ServedConnection> {
  readonly limits: Limits
  readonly connections: Connections<C, Context>
  readonly events: EventPublishers<C['events']>
  readonly compiled: CompiledContract
  readonly implementation: Implementation
  readonly stateSchema: Schema | undefined
  readonly topics: Topics
  readonly bounds: Bounds
  readonly publishing: PublicationOptions
  readonly clock: System['clock']
  readonly incidents: Incidents
  readonly heartbeat: Heartbeat
  readonly deliveries: Deliveries
  readonly nodes: ServerNodes<C>
  readonly #options: ServerOptions<C, Context>
  readonly #system: System
  readonly #log: EventLog
  readonly #probe: LogProbe
  readonly #codecs: { readonly binary: PeerCodec; readonly json: PeerCodec }
  readonly #values: ReturnType<typeof eventCodec>
  readonly #sessions: Sessions
  readonly #principals: Principals
  readonly #keyed: KeyedRuns
  readonly #identification: Identification<Context>
  readonly #live: Roster<ServedConnection>
  readonly #shapes: ChannelShapes
  readonly #hooks: SessionHooks<C, Context>
  readonly #openings = new Set<Opening>()
  readonly #listeners = new Set<() => void | Promise<void>>()
  #drain: Drain | undefined
  /** Hellos that have come: permission may be granted in another order. */
  #arrivals = 0
  #closed: Promise<void> | undefined

  constructor(contract: C, options: ServerOptions<C, Context>) {
    this.#options = options
    this.#system = options.system ?? platform
    this.limits = limitsFrom(options.limits)
    this.bounds = boundsOf(this.limits)
    this.clock = this.#system.clock
    this.compiled = compile(contract)
    this.stateSchema = contract.state
    checkState(contract.state, options.state)
    this.implementation = {
      methods: this.compiled.methods,
      handlers: flattenHandlers(this.compiled.methods, options.handlers),
      middleware: [...authorizing(this.compiled.methods, options.authorize), ...(options.middleware ?? [])],
    }
    this.incidents = new Incidents(this.#system.randomId().slice(0, 8), options.report ?? printReport)
    this.#hooks = new SessionHooks(this.incidents, options)
    const { periodMs = 25_000, patienceMs = 8_000 } = options.heartbeat ?? {}
    this.deliveries = new Deliveries(() => this.clock.now())
    this.heartbeat = new Heartbeat(this.clock, periodMs, patienceMs)
    this.#values = eventCodec(this.limits)
    this.#codecs = orderlyCodecs(this.limits, this.deliveries)
    this.#principals = new Principals(this.clock, this.limits.helloTimeoutMs)
    this.#sessions = new Sessions({
      ...{ clock: this.clock, limits: this.limits },
      random: (count) => this.#system.randomBytes(count),
      digest: (bytes) => this.#system.digest(bytes),
    })
    // Each log that is ours begins a history of its own, so that positions of an earlier process are recognised.
    this.#log = options.log ?? new MemoryLog({ now: this.deliveries.now, epoch: this.#system.randomId() })
    // Nothing is ever written to that topic: no event can be called so.
    this.#probe = new LogProbe(() => this.#log.head('~ready'), this.clock)
    const node = this.#system.randomId()
    this.#keyed = new KeyedRuns({
      ...{ kv: this.#log.kv, caps: this.#log.caps, clock: this.clock, incidents: this.incidents, node },
      ttlMs: keyTtlFrom(options.keyTtlMs),
      bytesPerPrincipal: this.limits.keyedBytes,
      ended: (runner, run) => this.nodes.ended(runner, run),
      // What went out must come back from the store, whatever this server accepts from clients.
      codec: eventCodec(trustedLimits),
      digest: (bytes) => this.#system.digest(bytes),
    })
    const { authenticate, principal, expiresInMs } = options
    this.#identification = new Identification({
      ...{ authenticate, principal, expiresInMs },
      digest: (value) => this.#system.digest(this.#values.encode(value)),
    })
    this.topics = new Topics({
      ...{ log: this.#log, codec: this.#values },
      ...{ clock: this.clock, deliveries: this.deliveries, incidents: this.incidents },
      events: this.compiled.events,
      served: flattenEventHandlers(this.compiled.events, options.events ?? {}),
      lingerMs: lingerFrom(options.lingerMs),
    })
    this.#shapes = new ChannelShapes(this.compiled, (shapes) => this.topics.layOut(shapes))
    this.publishing = publishingOf(this.topics, this.incidents, this.limits)
    this.#live = new Roster(principal && (({ context }) => principal({ context: context as Context })))
    this.connections = new LiveConnections<C, Context>(this.#live)
    this.nodes = nodesOf<C>(this, node, this.#log, this.#system, options, { live: this.#live, keyed: this.#keyed })
    this.events = createEventPublishers<C['events']>(this.compiled.events, publishingBy(this.topics, this.nodes))
  }

  get keyMs(): number {
    return this.#keyed.ttlMs
  }

  get accepting(): boolean {
    return !this.#leaving && this.#openings.size < this.limits.waitingConnections
  }

  accept(source: ChannelSource, request: ConnectionRequest = noRequest): void {
    const codec = this.#codecs[source.encoding]
    const { clock, incidents, limits } = this
    const opening: Opening = new Opening({
      ...{ source, codec, clock, incidents, limits },
      welcome: (hello, signal) => this.#welcome(source, codec, hello, request, signal),
      done: () => this.#openings.delete(opening),
    })
    const { accepting } = this
    this.#openings.add(opening)
    source.start(opening)
    const code = this.#leaving ? closeCode.goingAway : closeCode.tooMany
    if (!accepting) opening.refuse(code, 'the server is not accepting connections now')
  }

  onClose(stop: () => void | Promise<void>): () => void {
    this.#listeners.add(stop)
    return () => this.#listeners.delete(stop)
  }

  drain(options: DrainOptions): Promise<void> {
    if (this.#drain === undefined) {
      this.#drain = new Drain(this.#live, this.#sessions, this.clock, options)
      this.nodes.drain()
    }
    return this.#drain.done
  }

  revoke(principal: string): number {
    if (this.#options.principal === undefined)
      throw new TypeError('revoke: the option `principal` must name who is who')
    return this.#principals.revoke(principal, this.#arrivals)
  }

  metrics(): ServerMetrics {
    const [live, sessions, keyed, log] = [this.#live, this.#sessions, this.#keyed, this.#log]
    const counts = { openings: this.#openings.size, hellos: this.#arrivals }
    return metricsOf({ ...counts, isDraining: this.#drain !== undefined, core: this, live, sessions, keyed, log })
  }

  readiness(): Promise<Readiness> {
    return this.#drain === undefined && !this.#leaving ? this.#probe.ask() : Promise.resolve(goingAway)
  }

  close(reason = 'the server is closing'): Promise<void> {
    this.#closed ??= this.#close(reason)
    return this.#closed
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async reauthenticate(connection: ServedConnection, credentials: unknown): Promise<Renewed> {
    const { request, signal } = connection
    const before = connection.context as Context
    const { context, expiresInMs, owner } = await this.#identification.identify({ credentials, request, signal })
    if (!this.#identification.same(context, before)) {
      throw new WirepactError('permission-denied', 'the fresh credentials are somebody else’s')
    }
    return () => {
      this.#sessions.renew(connection, owner)
      connection.renew(context)
      return expiresInMs
    }
  }

  spoke(connection: ServedConnection): void {
    this.#sessions.spoke(connection)
  }

  absent(connection: ServedConnection): void {
    this.#live.delete(connection.id)
    if (this.#leaving) return connection.end('the server is closing')
    this.#hooks.absent(connection)
    this.#sessions.away(connection)
  }

  gone(connection: ServedConnection): void {
    this.#live.delete(connection.id)
    this.#sessions.forget(connection)
    this.#principals.delete(connection)
    this.#drain?.left()
    this.#hooks.ended(connection)
  }

  async #welcome(
    source: ChannelSource,
    codec: PeerCodec,
    hello: HelloMessage,
    request: ConnectionRequest,
    signal: AbortSignal,
  ): Promise<() => ChannelReceiver> {
    const arrival = ++this.#arrivals
    const { credentials } = hello
    const identity = await this.#identification.identify({ credentials, request, signal })
    const { context, expiresInMs, owner, named } = identity
    const { channel, encoding } = source
    const found = await this.#sessions.find(hello, owner, encoding, arrival)
    const draft = await this.#sessions.draft()
    if (found !== undefined && hello.resume !== undefined) {
      const { received } = hello.resume
      const known = found.connection
      return () => {
        // Its client has given this connection up, and came back over another.
        if (found.overtaken()) throw new TurnedAway(closeCode.superseded, 'a newer connection carries the session')
        // It may have ended while we were looking at it; the client's next try begins a new one.
        if (!known.canResume(received))
          throw new TurnedAway(closeCode.internal, 'the session ended while it was being resumed')
        this.#principals.check(owner, arrival)
        this.#sessions.keep(known, owner, draft, arrival, found)
        this.#live.set(known.id, known)
        known.context = context
        known.expiresInMs = expiresInMs
        known.request = request
        const receiver = known.resume(channel, received, draft.token)
        this.#drain?.send(known)
        this.#hooks.returned(known)
        return receiver
      }
    }
    this.#refuseNew()
    const face = (each: ServedConnection) => new ConnectionFace<C, Context>(each, this.compiled)
    const id = this.#system.randomId()
    const keys = await this.#keyed.memoryOf(owner)
    return () => {
      this.#refuseNew()
      this.#principals.makePlace(owner, this.limits.sessionsPerPrincipal, () => this.#sessions.endOldest(owner))
      // Here and not above: where it fails nothing is wrong with the credentials, and the client shall try again.
      const initialState = this.#options.state?.({ context })
      const served = new ServedConnection({
        ...{ core: this, id, channel, codec, encoding, hello, request, context, expiresInMs, keys, face },
        ...{ keyed: this.#keyed.of(owner), shapes: this.#shapes.of(source, hello) },
      })
      this.#principals.add(served, owner, arrival, named)
      this.#live.set(id, served)
      const { resumable } = served
      if (resumable) this.#sessions.keep(served, owner, draft, arrival)
      try {
        return served.open(initialState, resumable ? draft.token : undefined, () => this.#hooks.began(served))
      } catch (error) {
        served.end('it could not be opened')
        throw error
      }
    }
  }

  // A client that has a session here may come back to it while the server drains: for the answers to its calls.
  #refuseNew(): void {
    if (this.#drain !== undefined) throw new TurnedAway(closeCode.goingAway, 'the server is draining')
  }

  /** Nobody is let in any more. */
  get #leaving(): boolean {
    return this.#closed !== undefined || this.#drain?.over === true
  }

  async #close(reason: string): Promise<void> {
    this.deliveries.flush()
    for (const opening of [...this.#openings]) opening.refuse(closeCode.goingAway, reason)
    for (const connection of [...this.#live.values()]) connection.close(closeCode.goingAway, reason)
    await Promise.all([...this.#listeners].map((stop) => stop()))
    // Adapters have given those a moment to say goodbye; what still runs is over.
    for (const connection of [...this.#live.values()]) connection.end(reason)
    this.#drain?.finish()
    this.#sessions.close()
    this.topics.close()
    await this.nodes.leave()
    if (this.#options.log === undefined) await this.#log.close()
  }
}

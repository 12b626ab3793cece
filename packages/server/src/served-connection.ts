import { type CompiledContract, type EventEntry, type MethodEntry, type Schema, tableOf } from '@wirepact/contract'
import {
  Caller,
  type CallOptions,
  type Clock,
  Counterpart,
  type Implementation,
  type Incidents,
  Peer,
  type PeerCodec,
  type PeerOwner,
  Publication,
  StateSource,
  type TopicDirectory,
} from '@wirepact/peer'
import {
  type Channel,
  type ChannelReceiver,
  closeCode,
  type HelloMessage,
  Kind,
  kindNames,
  type Message,
  WirepactError,
} from '@wirepact/protocol'
import type { Heartbeat, Pulse } from './heartbeat.ts'
import type { Limits } from './limits.ts'
import type { ConnectionRequest } from './request.ts'

/** What all connections of a server share. */
export interface ServerCore {
  readonly compiled: CompiledContract
  readonly implementation: Implementation
  readonly stateSchema: Schema | undefined
  readonly topics: TopicDirectory
  readonly clock: Clock
  readonly incidents: Incidents
  readonly limits: Limits
  readonly heartbeat: Heartbeat
  /** Fresh credentials on a connection that stands. Rejects to refuse them. */
  reauthenticate(connection: ServedConnection, credentials: unknown): Promise<void>
  /** The connection has ended. */
  gone(connection: ServedConnection): void
}

export interface ServedConnectionOptions {
  readonly core: ServerCore
  readonly id: string
  readonly channel: Channel
  readonly codec: PeerCodec
  readonly encoding: 'binary' | 'json'
  readonly hello: HelloMessage
  readonly request: ConnectionRequest
  readonly context: unknown
  /** What handlers are given as `connection`. */
  readonly face: (connection: ServedConnection) => unknown
}

/** One client of a server: the engine's peer with all that hangs on it. */
export class ServedConnection implements PeerOwner, Pulse {
  readonly id: string
  readonly request: ConnectionRequest
  readonly caller: Caller
  readonly face: unknown
  context: unknown
  state: StateSource | undefined
  readonly #core: ServerCore
  readonly #channel: Channel
  readonly #peer: Peer
  readonly #publication: Publication
  readonly #hello: HelloMessage
  readonly #ended = new AbortController()
  #counterpart: Counterpart
  #pings = 0
  #gone = false

  constructor(options: ServedConnectionOptions) {
    const { core, channel, codec, hello } = options
    this.#core = core
    this.#channel = channel
    this.#hello = hello
    this.id = options.id
    this.request = options.request
    this.context = options.context
    this.face = options.face(this)
    this.#counterpart = new Counterpart('server', core.compiled, undefined)
    const { clock, implementation, incidents, limits, topics } = core
    this.caller = new Caller({ clock, maxQueued: 1_000, unavailable: () => this.#unavailable() })
    const connection = this.face
    this.#peer = new Peer({
      ...{ codec, clock, implementation, incidents, connection, owner: this },
      context: () => this.context,
      difference: { of: (entry) => this.#counterpart.of(entry) },
      window: { bytes: limits.resendBytes, messages: limits.resendMessages },
      resumable: false,
      peerMessageBytes: hello.limits?.messageBytes ?? limits.messageBytes,
      maxRunning: limits.callsInFlight,
    })
    this.#publication = new Publication({
      ...{ directory: topics, encoding: options.encoding, connection, incidents },
      context: () => this.context,
      control: (message) => this.#peer.session.control(message),
      forward: (message) => this.#peer.session.forward(message),
      buffered: () => channel.bufferedBytes,
      highWaterBytes: limits.highWaterBytes,
      maxSubscriptions: limits.subscriptions,
    })
  }

  /** Aborted when the connection has ended. */
  get signal(): AbortSignal {
    return this.#ended.signal
  }

  get channel(): Channel {
    return this.#channel
  }

  /**
   * Answers the client's hello; from here on the channel's messages belong to the returned receiver. Whatever
   * `prepare` writes to the state is part of the first copy.
   */
  open(initialState: unknown, prepare: () => void): ChannelReceiver {
    const { compiled, heartbeat, limits, stateSchema } = this.#core
    if (stateSchema !== undefined) this.state = new StateSource(stateSchema, initialState)
    const sameContract = this.#hello.fingerprint === compiled.fingerprint
    const { session } = this.#peer
    const receiver = this.#peer.receiver(this.#channel)
    session.attach(this.#channel)
    session.control({
      kind: Kind.welcome,
      session: this.id,
      heartbeatMs: heartbeat.periodMs,
      limits: {
        messageBytes: limits.messageBytes,
        callsInFlight: limits.callsInFlight,
        subscriptions: limits.subscriptions,
        streams: limits.streams,
      },
      fingerprint: compiled.fingerprint,
      ...(sameContract ? {} : { contract: tableOf(compiled) }),
    })
    prepare()
    this.state?.start((patch, value) => session.state(patch, value))
    heartbeat.add(this)
    // Calls to a client whose contract differs wait for its table, which is on its way.
    if (sameContract) this.caller.open(session, this.#counterpart, limits.callsInFlight)
    return receiver
  }

  invoke(entry: MethodEntry, input: unknown, options: CallOptions | undefined): Promise<unknown> {
    return this.caller.invoke(entry, input, options)
  }

  join(entry: EventEntry, topic: unknown): Promise<void> {
    return this.#publication.join(entry, topic)
  }

  leave(entry: EventEntry, topic: unknown): Promise<void> {
    return this.#publication.leave(entry, topic)
  }

  /** Says why, lets what is queued leave, and closes. */
  close(code: number, reason: string): void {
    this.#channel.close(code, reason)
  }

  control(message: Message): void {
    switch (message.kind) {
      case Kind.subscribe:
      case Kind.unsubscribe:
        this.#publication.receive(message)
        return
      case Kind.pong:
        this.#core.heartbeat.answered(this)
        return
      case Kind.contract: {
        const { compiled, limits } = this.#core
        if (this.#hello.fingerprint === compiled.fingerprint) return this.#unexpected(message)
        this.#counterpart = new Counterpart('server', compiled, message.contract)
        this.caller.open(this.#peer.session, this.#counterpart, limits.callsInFlight)
        return
      }
      case Kind.auth:
        this.#reauthenticate(message.credentials)
        return
      default:
        return this.#unexpected(message)
    }
  }

  mirror(): void {
    throw new Error('a client has no state for the server to mirror')
  }

  drained(): void {
    this.#publication.drained()
  }

  detached(code: number, reason: string): void {
    this.#end(`closed with ${code}${reason === '' ? '' : ` ${reason}`}`)
  }

  ping(): void {
    this.#publication.advance()
    this.#peer.session.control({ kind: Kind.ping, nonce: ++this.#pings })
  }

  lost(): void {
    this.#channel.close(closeCode.heartbeatLost, 'no answer to ping')
    this.#channel.terminate()
    this.#end('no answer to ping')
  }

  #end(because: string): void {
    if (this.#gone) return
    this.#gone = true
    this.#core.heartbeat.remove(this)
    this.#publication.close()
    this.state?.stop()
    this.caller.lost(this.#peer.end(), because)
    this.caller.close(
      (call) => new WirepactError('connection-lost', `${call.entry.name} was not answered: the client is gone`),
    )
    this.#ended.abort(new WirepactError('connection-lost', because))
    this.#core.gone(this)
  }

  #unavailable(): WirepactError<string> | undefined {
    return this.#gone ? new WirepactError('connection-lost', 'the client is gone', { mayHaveRun: false }) : undefined
  }

  #reauthenticate(credentials: unknown): void {
    this.#core.reauthenticate(this, credentials).then(
      () => this.#peer.session.control({ kind: Kind.auth, ok: true }),
      () => this.#channel.close(closeCode.unauthenticated, 'the fresh credentials were refused'),
    )
  }

  #unexpected(message: Message): void {
    this.#peer.session.violate(`a client does not send ${kindNames[message.kind]} now`)
  }
}

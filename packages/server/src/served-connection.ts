import { type Caller, Peer, type PeerCodec, type PeerOwner, Publication, Rates, StateSource } from '@wirepact/peer'
import { answerWithHandlers } from '@wirepact/peer/answering'
import {
  type Channel,
  type ChannelReceiver,
  closeCode,
  Kind,
  kindNames,
  type Message,
  type WelcomeMessage,
  WirepactError,
} from '@wirepact/protocol'
import { ClientSide } from './client-side.ts'
import { isFarewell } from './farewell.ts'
import type { Pulse } from './heartbeat.ts'
import { publicLimits } from './limits.ts'
import { Listener, type Listening } from './listener.ts'
import { PacedChannel } from './paced-channel.ts'
import { defaultGraceMs, Renewal, type Renewed, type Renewing } from './renewal.ts'
import type { ConnectionRequest } from './request.ts'
import type { Admitted, ServerCore } from './server-core.ts'
import { welcomeTo } from './welcome.ts'

/** One client of a server: the engine's peer with all that hangs on it. */
export class ServedConnection implements PeerOwner, Pulse, Renewing, Listening {
  readonly id: string
  readonly encoding: 'binary' | 'json'
  readonly publication: Publication
  readonly face: unknown
  request: ConnectionRequest
  context: unknown
  /** When the credentials behind the context expire, in ms from when they came; undefined: never. */
  expiresInMs: number | undefined
  state: StateSource | undefined
  readonly #core: ServerCore<ServedConnection>
  readonly peer: Peer
  readonly #codec: PeerCodec
  readonly client: ClientSide
  readonly messageBytes: number
  /** Whether the client acknowledges what it receives. */
  readonly #acknowledges: boolean
  readonly #keys: string | undefined
  readonly #renewal: Renewal
  /** Made when somebody asks for its signal. */
  #ended: AbortController | undefined
  channel: PacedChannel
  #pings = 0
  /** Why the connection has ended. */
  #gone: WirepactError | undefined
  /** The context with which topics were authorised. */
  #authorized: unknown

  constructor(options: Admitted<ServedConnection>) {
    const { core, codec, hello } = options
    this.#core = core
    this.#codec = codec
    this.client = new ClientSide(core, hello.fingerprint, options.shapes)
    this.#acknowledges = hello.resumable === true
    this.channel = this.#pace(options.channel)
    this.id = options.id
    this.encoding = options.encoding
    this.request = options.request
    this.context = options.context
    this.#authorized = options.context
    this.expiresInMs = options.expiresInMs
    this.#keys = options.keys
    this.face = options.face(this)
    const { bounds, clock, implementation, incidents, limits } = core
    this.#renewal = new Renewal(clock, this)
    // What a client does not say is what PROTOCOL.md says for it. One that is larger than may wait to leave would cut the
    // connection, and again each time it is resent.
    this.messageBytes = Math.min(hello.limits?.messageBytes ?? publicLimits.messageBytes, limits.hardCapBytes)
    this.peer = new Peer({
      codec,
      owner: this,
      clock,
      answering: answerWithHandlers,
      implementation,
      difference: this.client,
      layouts: this.client.layouts,
      incidents,
      connection: this.face,
      window: bounds.window,
      resumable: this.resumable,
      peerMessageBytes: this.messageBytes,
      maxRunning: limits.callsInFlight,
      maxStreams: limits.streams,
      streaming: bounds.streaming,
      peerLimits: hello.limits,
      keyed: options.keyed,
      rates: new Rates(clock, limits),
    })
    this.publication = new Publication(new Listener(this), core.publishing)
  }

  /** Calls the client. */
  get caller(): Caller {
    return this.client.caller
  }

  /** Aborted when the connection has ended. */
  get signal(): AbortSignal {
    if (this.#ended === undefined) {
      this.#ended = new AbortController()
      if (this.#gone !== undefined) this.#ended.abort(this.#gone)
    }
    return this.#ended.signal
  }

  /** What the client said of its contract. */
  get fingerprint(): string {
    return this.client.fingerprint
  }

  /** Bytes kept for a client that has not acknowledged them. */
  get heldBytes(): number {
    return this.peer.session.heldBytes
  }

  /** Whether the session may outlive its channel: the client has to acknowledge what it receives. */
  get resumable(): boolean {
    return this.#core.limits.detachedMs > 0 && this.#acknowledges
  }

  /** Bytes that wait to leave, with what was published before one asks. */
  get bufferedBytes(): number {
    this.#core.deliveries.flush()
    return this.attached ? this.channel.bufferedBytes : 0
  }

  get attached(): boolean {
    return this.peer.session.phase === 'attached'
  }

  /**
   * Answers the client's hello; from here on the channel's messages belong to the returned receiver. Whatever
   * `prepare` writes to the state is part of the first copy.
   */
  open(initialState: unknown, token: Uint8Array | undefined, prepare: () => void): ChannelReceiver {
    const { stateSchema } = this.#core
    if (stateSchema !== undefined) this.state = new StateSource(stateSchema, initialState)
    const { session } = this.peer
    const receiver = this.peer.receiver(this.channel)
    session.attach(this.channel)
    session.control(this.#welcome(token))
    prepare()
    this.state?.start((patch, value) => session.state(patch, value))
    this.#watch()
    this.client.begin(session)
    return receiver
  }

  /** Whether a client that has received so many reliable messages can carry the session on. */
  canResume(received: number): boolean {
    return this.#gone === undefined && this.peer.session.canResume(received)
  }

  /** Carries the session on over another channel; the old one, should it still stand, is closed with 4409. */
  resume(channel: Channel, received: number, token: Uint8Array | undefined): ChannelReceiver {
    const { session } = this.peer
    const old = session.channel
    if (old !== undefined) this.#leaveChannel()
    this.channel = this.#pace(channel)
    const welcome = this.#welcome(token)
    this.channel.send(this.#codec.encode({ ...welcome, resumed: { received: session.received } }))
    session.resume(this.channel, received)
    old?.close(closeCode.superseded, 'the session went on over another connection')
    this.#watch()
    this.publication.resume(this.#authorized)
    this.#authorized = this.context
    return this.peer.receiver(this.channel)
  }

  #welcome(token: Uint8Array | undefined): WelcomeMessage {
    const { sameContract, shapes } = this.client
    const batch = this.channel.batches
    this.client.welcome()
    return welcomeTo(this.#core, { session: this.id, token, keys: this.#keys, batch, sameContract, shapes })
  }

  #watch(): void {
    this.#core.heartbeat.add(this)
    this.#renewal.begin(this.expiresInMs)
  }

  /** Says why, lets what is queued leave, and closes. */
  close(code: number, reason: string): void {
    this.#core.deliveries.flush()
    // A client that is away cannot be told, and must not find its session when it comes back.
    if (!this.attached && isFarewell(code)) this.end(reason)
    else this.channel.close(code, reason)
  }

  /** Asks the client to leave after `delayMs`; it is closed after `deadlineMs`. */
  goAway(delayMs: number, deadlineMs: number, reason: string): void {
    this.peer.session.control({ kind: Kind.goaway, reason, delayMs, deadlineMs })
  }

  /** Demands fresh credentials. A client that is away gives them anyway when it comes back. */
  requireCredentials(graceMs: number = defaultGraceMs): void {
    if (this.attached) this.#renewal.require(graceMs)
  }

  /** Fresh credentials were accepted: topics that they do not allow any more end. */
  renew(context: unknown): void {
    this.context = context
    this.publication.reauthorize(this.#authorized)
    this.#authorized = context
  }

  control(message: Message): void {
    switch (message.kind) {
      case Kind.subscribe:
      case Kind.unsubscribe:
        this.publication.receive(message)
        return
      case Kind.pong:
        if (message.nonce === this.#pings) this.publication.answered()
        this.#core.heartbeat.answered(this)
        return
      case Kind.ping:
        // The session has answered it.
        return
      case Kind.contract:
        if (!this.client.learn(this.peer.session, message.contract)) this.#unexpected(message)
        return
      case Kind.auth:
        this.#renewal.receive(message.credentials)
        return
      default:
        return this.#unexpected(message)
    }
  }

  mirror(): void {
    throw new Error('a client has no state for the server to mirror')
  }

  drained(): void {
    this.channel.drained()
    this.publication.drained()
  }

  spoke(): void {
    this.#core.spoke(this)
  }

  writable(): void {
    this.client.resume()
  }

  overflow(): void {
    this.end('more was kept for it than its resend window allows')
  }

  detached(code: number, reason: string): void {
    const because = `closed with ${code}${reason === '' ? '' : ` ${reason}`}`
    this.#leaveChannel()
    if (isFarewell(code) || !this.resumable) return this.end(because)
    this.#core.absent(this)
  }

  ping(): void {
    this.publication.asked()
    this.peer.session.control({ kind: Kind.ping, nonce: ++this.#pings })
  }

  lost(): void {
    const channel = this.channel
    channel.close(closeCode.heartbeatLost, 'no answer to ping')
    channel.terminate()
  }

  /** Ends the session, whether or not a channel carries it. */
  end(because: string): void {
    if (this.#gone !== undefined) return
    this.#gone = new WirepactError('connection-lost', because)
    this.#leaveChannel()
    this.publication.close()
    this.state?.stop()
    this.client.end(this.peer.end(), because)
    this.#ended?.abort(this.#gone)
    this.#core.gone(this)
  }

  /** For the renewal of credentials. */
  say(message: Message): void {
    this.peer.session.control(message)
  }

  /** For the renewal of credentials. */
  check(credentials: unknown): Promise<Renewed> {
    return this.#core.reauthenticate(this, credentials)
  }

  #pace(channel: Channel): PacedChannel {
    const { limits } = this.#core
    return new PacedChannel(channel, this.#core, this.resumable ? 0 : 16 * limits.resendBytes)
  }

  #leaveChannel(): void {
    this.#core.heartbeat.remove(this)
    this.#renewal.stop()
    this.publication.detach()
    this.channel.leave()
  }

  // Ended at once: what it still sends while the closing takes its time must not be acted on.
  refuse(reason: string): void {
    this.channel.close(closeCode.unauthenticated, reason)
    this.end(reason)
  }

  #unexpected(message: Message): void {
    this.peer.session.violate(`a client does not send ${kindNames[message.kind]} now`)
  }
}

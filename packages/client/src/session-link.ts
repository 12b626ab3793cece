import { type CompiledContract, type MethodEntry, tableOf } from '@wirepact/contract'
import {
  Alarm,
  type Caller,
  type Clock,
  Counterpart,
  type Implementation,
  type Incidents,
  type KnownShapes,
  type MethodShapes,
  type OutgoingCall,
  Peer,
  type PeerCodec,
  type PeerOwner,
  type Shape,
  type Shapes,
  type StateMirror,
  type Subscriber,
} from '@wirepact/peer'
import {
  type Channel,
  type ChannelReceiver,
  closeCode,
  type HelloMessage,
  Kind,
  kindNames,
  type Message,
  publicWindows,
  type WelcomeMessage,
  type WirepactError,
} from '@wirepact/protocol'
import type { Engine } from './engine.ts'
import { withinRates } from './rate-channel.ts'

export interface SessionLinkOptions {
  readonly compiled: CompiledContract
  readonly engine: Engine
  readonly implementation: Implementation
  readonly codec: PeerCodec
  /** What lays values out by shape, if the server knows of that. */
  readonly shapes: Shapes | undefined
  readonly clock: Clock
  readonly incidents: Incidents
  readonly caller: Caller
  /** Undefined for a contract without events. */
  readonly subscriber: Subscriber | undefined
  readonly mirror: StateMirror
  /** What the client's handlers are given as `connection`. */
  readonly connection: unknown
  /** The channel is gone. `namedMs`: the delay that the server named before the next try. */
  readonly detached: (code: number, reason: string, namedMs: number | undefined) => void
  /** Asks the application for fresh credentials. */
  readonly credentials: () => Promise<unknown>
  /** In ms; goes on while the machine sleeps. */
  readonly timeOfDay: () => number
  /** The server wants us elsewhere, by the deadline: another connection is to be made, and this one then retired. */
  readonly move: (deadline: number) => void
  /** The session is of no use any more. */
  readonly leave: (because: string) => void
}

/** One session of a client, over as many channels as it takes. */
export class SessionLink implements PeerOwner, KnownShapes {
  /** A client's handlers have none. */
  readonly context = undefined
  readonly #options: SessionLinkOptions
  readonly #peer: Peer
  readonly #counterpart: Counterpart
  readonly #watchdog: Alarm
  #welcome: WelcomeMessage
  #channel: Channel | undefined
  #aliveUntil: number
  /** The time of day when the watchdog last looked. */
  #lookedAt = 0
  /** When the server wants us to go elsewhere; Infinity while it does not. */
  #leaveAt = Number.POSITIVE_INFINITY
  /** When the server closes, since it asked us to go. */
  #deadline = 0
  /** When we go although nobody else takes us: what is in flight still has time to end. */
  #lastMoment = 0
  #retired = false
  /** Hellos that asked to carry the session on. */
  #attempts = 0

  constructor(options: SessionLinkOptions, welcome: WelcomeMessage) {
    this.#options = options
    this.#welcome = welcome
    const { engine, clock, codec, compiled, connection, implementation, incidents } = options
    const shapes = welcome.shapes === 1 ? options.shapes : undefined
    const counterpart = new Counterpart('client', compiled, welcome.contract, shapes)
    this.#counterpart = counterpart
    this.#peer = new Peer({
      ...{ clock, codec, connection, implementation, incidents, owner: this, difference: counterpart },
      layouts: shapes && ((session) => shapes.incoming(session, implementation.methods, this)),
      window: resendWindow,
      resumable: welcome.token !== undefined,
      peerMessageBytes: welcome.limits.messageBytes ?? smallestMessageLimit,
      maxRunning: maxRunning,
      answering: engine.answering,
      peerLimits: welcome.limits,
      streaming: engine.streaming && {
        start: engine.streaming.start,
        windows: publicWindows,
        highWaterBytes: highWaterBytes,
      },
    })
    this.#aliveUntil = clock.now() + this.#patienceMs
    this.#watchdog = new Alarm(clock, (now) => this.#watch(now))
  }

  implemented(entry: MethodEntry): MethodShapes | undefined {
    return this.#counterpart.implemented(entry)
  }

  payload(alias: number): Shape | undefined | null {
    const entry = this.#options.subscriber?.eventOf(alias)
    return entry === undefined || this.#retired ? null : this.#counterpart.shapeOfPayload(entry)
  }

  get resumable(): boolean {
    return this.#welcome.token !== undefined
  }

  /**
   * What a hello says to carry the session on; undefined when it cannot be. Numbered: an earlier hello may be held up on
   * its way, arrive after a later one, and must not take the session from it.
   */
  resumption(): HelloMessage['resume'] {
    const { session, token } = this.#welcome
    if (token === undefined) return undefined
    return { session, token, received: this.#peer.session.received, attempt: ++this.#attempts }
  }

  /** Another session has taken the place of this one. */
  get retired(): boolean {
    return this.#retired
  }

  get attached(): boolean {
    return this.#peer.session.phase === 'attached'
  }

  /** Begins on its first channel: opens calls and subscriptions. */
  open(given: Channel): ChannelReceiver {
    const { session } = this.#peer
    const channel = withinRates(given, this.#welcome.limits, this.#options.clock)
    session.attach(channel)
    return this.#begin(channel)
  }

  /**
   * Carries on over another channel. A server that says it does, but cannot have received what it says, would repeat or
   * lose calls. @throws Error then
   */
  carryOn(given: Channel, welcome: WelcomeMessage, received: number): ChannelReceiver {
    const { session } = this.#peer
    if (welcome.session !== this.#welcome.session || !session.canResume(received))
      throw new Error('the server resumes from an impossible count')
    this.#welcome = welcome
    this.#leaveAt = Number.POSITIVE_INFINITY
    this.#aliveUntil = this.#options.clock.now() + this.#patienceMs
    const channel = withinRates(given, welcome.limits, this.#options.clock)
    session.resume(channel, received)
    return this.#begin(channel)
  }

  #begin(channel: Channel): ChannelReceiver {
    const { caller, compiled, subscriber } = this.#options
    const { session } = this.#peer
    const { keys, limits } = this.#welcome
    this.#channel = channel
    if (this.#welcome.contract !== undefined) session.control({ kind: Kind.contract, contract: tableOf(compiled) })
    this.#look()
    subscriber?.open((message) => session.control(message), this.#counterpart)
    caller.open(session, this.#counterpart, limits.callsInFlight ?? 1, keys, limits.keyMs)
    return this.#peer.receiver(channel)
  }

  /**
   * Another session has taken its place: it finishes what is in flight, in either direction, and closes. Events and state
   * are the other one's to tell.
   */
  retire(): void {
    this.#retired = true
    this.#leaveAt = this.#options.clock.now()
    this.#look()
  }

  mirror(patch: boolean, value: unknown): void {
    if (!this.#retired) this.#options.mirror.receive(patch, value)
  }

  control(message: Message): void {
    switch (message.kind) {
      case Kind.ping:
      case Kind.pong:
        this.#aliveUntil = this.#options.clock.now() + this.#patienceMs
        return
      case Kind.goaway:
        if (this.#retired) return
        this.#leaveAt = this.#options.clock.now() + message.delayMs
        this.#deadline = this.#options.clock.now() + message.deadlineMs
        this.#lastMoment = this.#deadline - Math.min(message.deadlineMs / 4, lastMs)
        return this.#look()
      case Kind.auth:
        if (message.required) this.#renew()
        return
      default:
        if (this.#retired || this.#isOfEvents(message)) return
        this.#peer.session.violate(`a server does not send ${kindNames[message.kind]} now`)
    }
  }

  writable(): void {
    this.#options.caller.resume()
  }

  overflow(): void {
    this.#options.leave('too much waited for the server')
  }

  /** The client closes: calls in flight are answered with `error`; the channel may take its time. */
  settle(error: WirepactError<string>): void {
    this.#watchdog.clear()
    for (const { call } of this.#peer.end()) (call as OutgoingCall).reject(error)
  }

  /** The session is lost: calls that had no answer say so, or are made again where that cannot run them twice. */
  end(because: string): void {
    this.#watchdog.clear()
    this.#options.caller.lost(this.#peer.end(), because)
  }

  detached(code: number, reason: string): void {
    this.#watchdog.clear()
    if (!this.#retired) this.#options.subscriber?.detached()
    const waitMs = Math.max(0, this.#leaveAt - this.#options.clock.now())
    this.#options.detached(code, reason, Number.isFinite(waitMs) ? waitMs : undefined)
  }

  /** Something may have happened to the connection unseen: if it does not show life soon, it is given up. */
  probe(): void {
    this.#aliveUntil = Math.min(this.#aliveUntil, this.#options.clock.now() + probeMs)
    this.#look()
    this.#peer.session.control({ kind: Kind.ping, nonce: 0 })
  }

  get #patienceMs(): number {
    return this.#welcome.heartbeatMs + graceMs
  }

  #look(): void {
    const { clock, timeOfDay } = this.#options
    this.#lookedAt = timeOfDay()
    this.#watchdog.wakeAt(Math.min(clock.now() + lookMs, this.#aliveUntil, this.#leaveAt))
  }

  #watch(now: number): void {
    if (this.#options.timeOfDay() - this.#lookedAt > 2 * lookMs) {
      // The machine slept. Signs of life may wait unread behind this very timer, so they are asked for, not missed.
      this.#aliveUntil = now + probeMs
      this.probe()
    }
    if (now < this.#aliveUntil) return now < this.#leaveAt ? this.#look() : this.#leave(now)
    // A dead connection would not deliver a close frame either; but if it lives after all, the server learns why.
    this.#channel?.close(closeCode.heartbeatLost, 'no ping from the server')
    this.#channel?.terminate()
  }

  #leave(now: number): void {
    const { leave, move } = this.#options
    if (!this.#retired && now < this.#lastMoment) {
      this.#leaveAt = this.#lastMoment
      this.#look()
      return move(this.#deadline)
    }
    if (!this.#retired) this.#options.caller.hold()
    if (this.#peer.session.callsInFlight + this.#peer.running > 0) return this.#watchdog.wakeAt(now + idleMs)
    const channel = this.#channel
    leave('the server asked us to go')
    channel?.close(1000, '')
    // A dead connection must not hold us up.
    this.#aliveUntil = now + probeMs
    this.#watchdog.wakeAt(this.#aliveUntil)
  }

  // A server whose contract has events may make a client listen that knows of none.
  #isOfEvents(message: Message): boolean {
    const { subscriber } = this.#options
    return subscriber === undefined ? eventKinds.includes(message.kind) : subscriber.receive(message)
  }

  // If the application has none just now, a new connection asks it again, with back-off.
  #renew(): void {
    const channel = this.#channel
    const send = (credentials: unknown) => this.#peer.session.control({ kind: Kind.auth, credentials })
    this.#options.credentials().then(send, () => channel?.terminate())
  }
}

const eventKinds: readonly Kind[] = [Kind.event, Kind.snapshot, Kind.subscribed, Kind.unsubscribed, Kind.gap]

/** Added to the server's period: what a ping may take on its way. */
const graceMs = 10_000
const probeMs = 5_000
/** How often the watchdog looks whether the machine slept. */
const lookMs = 5_000
/** How often it looks whether the last call has been answered. */
const idleMs = 10
/** How long before the server's deadline no more calls are made on a connection that has to end then. */
const lastMs = 5_000
const maxRunning = 256
/** Items wait here rather than in the connection, where they would delay calls. */
const highWaterBytes = 256 * 1024
const smallestMessageLimit = 16_384
const resendWindow = { bytes: 4 * 1024 * 1024, messages: 4_096 }

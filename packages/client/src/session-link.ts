import { type CompiledContract, tableOf } from '@wirepact/contract'
import {
  Alarm,
  type Caller,
  type Clock,
  Counterpart,
  type Implementation,
  type Incidents,
  type OutgoingCall,
  Peer,
  type PeerCodec,
  type PeerOwner,
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
  type WelcomeMessage,
  type WirepactError,
} from '@wirepact/protocol'

export interface SessionLinkOptions {
  readonly compiled: CompiledContract
  readonly implementation: Implementation
  readonly codec: PeerCodec
  readonly clock: Clock
  readonly incidents: Incidents
  readonly caller: Caller
  readonly subscriber: Subscriber
  readonly mirror: StateMirror
  /** What the client's handlers are given as `connection`. */
  readonly connection: unknown
  /** The channel is gone. `namedMs`: the delay that the server named before the next try. */
  readonly detached: (code: number, reason: string, namedMs: number | undefined) => void
  /** More waits for the server than may be kept for it. */
  readonly overflow: () => void
}

/** One session of a client, over as many channels as it takes. */
export class SessionLink implements PeerOwner {
  readonly #options: SessionLinkOptions
  readonly #peer: Peer
  readonly #counterpart: Counterpart
  readonly #watchdog: Alarm
  #welcome: WelcomeMessage
  #channel: Channel | undefined
  #aliveUntil: number
  #namedMs: number | undefined

  constructor(options: SessionLinkOptions, welcome: WelcomeMessage) {
    this.#options = options
    this.#welcome = welcome
    const { clock, codec, compiled, connection, implementation, incidents } = options
    const counterpart = new Counterpart('client', compiled, welcome.contract)
    this.#counterpart = counterpart
    this.#peer = new Peer({
      ...{ clock, codec, connection, implementation, incidents, owner: this, difference: counterpart },
      context: () => undefined,
      window: resendWindow,
      resumable: welcome.token !== undefined,
      peerMessageBytes: welcome.limits.messageBytes ?? smallestMessageLimit,
      maxRunning: maxRunning,
    })
    this.#aliveUntil = clock.now() + this.#patienceMs
    this.#watchdog = new Alarm(clock, (now) => this.#watch(now))
  }

  /** What a hello says to carry the session on; undefined when it cannot be. */
  get resume(): HelloMessage['resume'] {
    const { session, token } = this.#welcome
    return token === undefined ? undefined : { session, token, received: this.#peer.session.received }
  }

  /** Begins on its first channel: opens calls and subscriptions. */
  open(channel: Channel): ChannelReceiver {
    const { caller } = this.#options
    const { session } = this.#peer
    session.attach(channel)
    const receiver = this.#begin(channel)
    const { keys, limits } = this.#welcome
    caller.open(session, this.#counterpart, limits.callsInFlight ?? 1, keys, limits.keyMs)
    return receiver
  }

  /**
   * Carries on over another channel. A server that says it does, but cannot have received what it says, would repeat or
   * lose calls. @throws Error then
   */
  carryOn(channel: Channel, welcome: WelcomeMessage, received: number): ChannelReceiver {
    const { session } = this.#peer
    if (welcome.session !== this.#welcome.session || !session.canResume(received))
      throw new Error('the server resumes from an impossible count')
    this.#welcome = welcome
    this.#namedMs = undefined
    this.#aliveUntil = this.#options.clock.now() + this.#patienceMs
    session.resume(channel, received)
    return this.#begin(channel)
  }

  #begin(channel: Channel): ChannelReceiver {
    const { compiled, subscriber } = this.#options
    const { session } = this.#peer
    this.#channel = channel
    if (this.#welcome.contract !== undefined) session.control({ kind: Kind.contract, contract: tableOf(compiled) })
    this.#watchdog.wakeAt(this.#aliveUntil)
    subscriber.open((message) => session.control(message), this.#counterpart)
    return this.#peer.receiver(channel)
  }

  mirror(patch: boolean, value: unknown): void {
    this.#options.mirror.receive(patch, value)
  }

  control(message: Message): void {
    switch (message.kind) {
      case Kind.ping:
      case Kind.pong:
        this.#aliveUntil = this.#options.clock.now() + this.#patienceMs
        return
      case Kind.goaway:
        this.#namedMs = message.delayMs
        return
      case Kind.auth:
        return
      default:
        if (this.#options.subscriber.receive(message)) return
        this.#peer.session.violate(`a server does not send ${kindNames[message.kind]} now`)
    }
  }

  writable(): void {
    this.#options.caller.resume()
  }

  overflow(): void {
    this.#options.overflow()
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
    this.#options.subscriber.detached()
    this.#options.detached(code, reason, this.#namedMs)
  }

  /** Something may have happened to the connection unseen: if it does not show life soon, it is given up. */
  probe(): void {
    this.#aliveUntil = Math.min(this.#aliveUntil, this.#options.clock.now() + probeMs)
    this.#watchdog.wakeAt(this.#aliveUntil)
    this.#peer.session.control({ kind: Kind.ping, nonce: 0 })
  }

  get #patienceMs(): number {
    return this.#welcome.heartbeatMs + graceMs
  }

  #watch(now: number): void {
    if (now < this.#aliveUntil) return this.#watchdog.wakeAt(this.#aliveUntil)
    // A dead connection would not deliver a close frame either; but if it lives after all, the server learns why.
    this.#channel?.close(closeCode.heartbeatLost, 'no ping from the server')
    this.#channel?.terminate()
  }
}

/** A closing in words. */
export function describeClose(code: number, reason: string): string {
  if (reason !== '') return reason
  if (code === 1006) return 'the connection broke'
  if (code === 1001) return 'the server went away'
  return `the connection was closed with ${code}`
}

/** Added to the server's period: what a ping may take on its way. */
const graceMs = 10_000
const probeMs = 5_000
const maxRunning = 256
const smallestMessageLimit = 16_384
const resendWindow = { bytes: 4 * 1024 * 1024, messages: 4_096 }

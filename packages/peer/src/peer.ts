import {
  type Channel,
  type ChannelReceiver,
  closeCode,
  Kind,
  type Layouts,
  type LimitTable,
  type Message,
  ProtocolViolation,
  type ResendWindow,
  Session,
  type SessionCodec,
  type SessionEvents,
  type SessionStreams,
  sizeOf,
  type UnsettledCall,
} from '@wirepact/protocol'
import type { Answering, StartAnswering } from './answers.ts'
import type { Clock } from './clock.ts'
import type { Incidents } from './failure.ts'
import type { ContractDifference, Implementation } from './implementation.ts'
import type { KeyedCalls } from './keyed-calls.ts'
import type { Rates } from './rates.ts'
import type { StreamBounds, Streaming } from './streaming.ts'

/** Reads the messages of one of the two encodings. */
export interface PeerCodec extends SessionCodec {
  /** @throws ProtocolViolation */
  read(bytes: Uint8Array, start: number, end: number, given?: boolean, layouts?: Layouts): Message
  /** @throws ProtocolViolation */
  readText(text: string): Message
}

/** What the owner of a peer (a server's connection, a client) handles itself. */
export interface PeerOwner {
  /** What handlers are given as `context`: asked for at each call, as fresh credentials may change it. */
  readonly context: unknown
  /** Events, subscriptions, credentials, farewells: everything outside calls and state. */
  control(message: Message): void
  /** The other side wrote its state. @throws Error when it is nonsense. */
  mirror(patch: boolean, value: unknown): void
  /** There is room again in the channel. */
  drained?(): void
  /** The first message has come over this channel: the other side knows of it. */
  spoke?(): void
  /** The resend window has room again. */
  writable(): void
  /** Too much is kept for an absent peer: the session is to be ended. */
  overflow(): void
  /** The channel is gone; the session lives on until `end`. */
  detached(code: number, reason: string, clean: boolean): void
}

export interface PeerOptions {
  readonly codec: PeerCodec
  readonly owner: PeerOwner
  readonly clock: Clock
  /** What answers the other side's calls. */
  readonly answering: StartAnswering
  readonly implementation: Implementation
  readonly difference: ContractDifference
  readonly incidents: Incidents
  readonly connection: unknown
  readonly window: ResendWindow
  readonly resumable: boolean
  /** Largest message the other side accepts, in bytes. */
  readonly peerMessageBytes: number
  /** Calls of the other side that may run at once. */
  readonly maxRunning: number
  /** Streams of the other side that may be open at once. @default 128 */
  readonly maxStreams?: number | undefined
  /** What carries the items of streams, and within which bounds. @default no streams */
  readonly streaming?: (Omit<StreamBounds, 'peerLimits'> & Pick<Streaming, 'start'>) | undefined
  /** What the other side said of itself in hello or welcome. */
  readonly peerLimits?: LimitTable | undefined
  /** Runs calls that have a key once. @default a key means nothing */
  readonly keyed?: KeyedCalls | undefined
  /** How often the other side may ask for something. @default as often as it likes */
  readonly rates?: Rates | undefined
  /** How what comes may be laid out. @default no way: it comes as plain values */
  readonly layouts?: ((session: Session) => Layouts) | undefined
}

/** One end of a session: the same engine for servers and clients. */
export class Peer implements SessionEvents {
  readonly session: Session
  readonly layouts: Layouts | undefined
  readonly #options: PeerOptions
  readonly #answering: Answering

  constructor(options: PeerOptions) {
    this.#options = options
    this.session = new Session(this, options)
    this.layouts = options.layouts?.(this.session)
    this.#answering = options.answering(this.session, options)
  }

  /** Handlers of the other side's calls that run now. */
  get running(): number {
    return this.#answering.running
  }

  /** What the channel that carries the session is to be connected to. */
  receiver(channel: Channel): ChannelReceiver {
    return new PeerReceiver(this, this.#options, channel)
  }

  /** Ends the session. Signals of running handlers are aborted. Returns our calls that had no answer. */
  end(): UnsettledCall[] {
    this.#answering.end()
    return this.session.end()
  }

  startStreams(): SessionStreams | undefined {
    const { clock, peerLimits, streaming } = this.#options
    return streaming?.start(this.session, clock, { ...streaming, peerLimits })
  }

  call(
    id: number,
    method: number | string,
    input: unknown,
    timeoutMs: number | undefined,
    key: string | undefined,
    laid: true | undefined,
  ): void {
    const refusal = this.#options.rates?.call()
    if (refusal === undefined) this.#answering.call(id, method, input, timeoutMs, key, laid)
    else this.session.error(id, refusal)
  }

  notify(method: number | string, input: unknown, laid: true | undefined): void {
    this.#answering.notify(method, input, laid)
  }

  cancel(id: number): void {
    if (this.#options.rates?.cancel() !== false) this.#answering.cancel(id)
  }

  ping(nonce: number): boolean {
    return this.#options.rates?.ping(this.session, nonce) !== false
  }

  state(patch: boolean, value: unknown): void {
    try {
      this.#options.owner.mirror(patch, value)
    } catch (error) {
      this.session.violate(`state: ${error instanceof Error ? error.message : String(error)}`)
    }
  }

  control(message: Message): void {
    const refusal = message.kind === Kind.subscribe ? this.#options.rates?.subscribe(message) : undefined
    if (refusal === undefined) this.#options.owner.control(message)
    else this.session.control(refusal)
  }

  overflow(): void {
    this.#options.owner.overflow()
  }

  writable(): void {
    this.#options.owner.writable()
  }

  violation(code: number, reason: string): void {
    this.#options.incidents.report('protocol-violation', `close ${code}`, new Error(reason))
  }
}

/** Turns what one channel delivers into messages for the session. */
class PeerReceiver implements ChannelReceiver {
  readonly #peer: Peer
  readonly #options: PeerOptions
  readonly #channel: Channel
  #refused = false
  #silent = true

  constructor(peer: Peer, options: PeerOptions, channel: Channel) {
    this.#peer = peer
    this.#options = options
    this.#channel = channel
  }

  message(bytes: Uint8Array, start: number, end: number, given?: boolean): void {
    if (this.#isStale()) return
    try {
      this.#deliver(this.#options.codec.read(bytes, start, end, given, this.#peer.layouts), end - start)
    } catch (error) {
      this.#refuse(error)
    }
  }

  text(text: string): void {
    if (this.#isStale()) return
    try {
      this.#deliver(this.#options.codec.readText(text), sizeOf(text))
    } catch (error) {
      this.#refuse(error)
    }
  }

  drained(): void {
    this.#options.owner.drained?.()
    if (!this.#isStale()) this.#peer.session.drained()
  }

  closed(code: number, reason: string, clean: boolean): void {
    const { channel, phase } = this.#peer.session
    // A newer channel carries the session, or did and is gone as well: that end was told already.
    if (channel !== this.#channel && phase !== 'ended') return
    this.#peer.session.detach()
    this.#options.owner.detached(code, reason, clean)
  }

  // A channel that is being closed for a violation may still deliver what was on its way, and so may one that the
  // session has left for a newer.
  // (A method: engines call a private getter slowly.)
  #isStale(): boolean {
    return this.#refused || this.#peer.session.channel !== this.#channel
  }

  #deliver(message: Message, size: number): void {
    if (this.#silent) {
      this.#silent = false
      this.#options.owner.spoke?.()
    }
    this.#peer.session.receive(message, size)
  }

  // Anything but a violation here is a fault of ours: it costs this connection, never the process.
  #refuse(error: unknown): void {
    this.#refused = true
    const violation = error instanceof ProtocolViolation
    const code = violation ? error.closeCode : closeCode.internal
    const reason = violation ? error.message : 'internal error'
    this.#options.incidents.report('protocol-violation', `close ${code}`, error)
    this.#channel.close(code, reason)
  }
}

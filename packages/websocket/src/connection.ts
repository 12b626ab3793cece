import { allocateZeroed } from './allocate.ts'
import { CloseCode, closeBody, readCloseBody } from './close.ts'
import type { ConnectionEvents } from './connection-events.ts'
import type { ConnectionOptions } from './connection-options.ts'
import { Deadlines } from './deadlines.ts'
import { MisuseError, VIOLATIONS, Violation } from './errors.ts'
import type { Undone } from './extension.ts'
import { FIN, MAX_CONTROL_BYTES, PING, PONG } from './frame.ts'
import { type ConnectionLimits, resolveLimits } from './limits.ts'
import { OutputBuffer } from './output-buffer.ts'
import { PingAnswers } from './ping-answers.ts'
import { Receiver, type ReceiverSink } from './receiver.ts'
import { Sender } from './sender.ts'
import { type ConnectionState, nextState, type Transition } from './state.ts'
import { PURE_UTF8 } from './utf8.ts'

/**
 * What became of a send: 'ok'; 'full' (queued, but wait for `drain`); 'refused' (not queued: the connection is closing,
 * or the queue is at its hard limit).
 */
export type SendResult = 'ok' | 'full' | 'refused'

/**
 * What the owner of the transport has to do once all output is taken: 'keep' it; 'end' its writing side and go on
 * feeding `receive` until the peer ends too (bytes left unread make TCP reset the connection, and our close frame
 * could be lost with it); 'destroy' it.
 */
export type TransportWish = 'keep' | 'end' | 'destroy'

const NOTHING = new Uint8Array(0)
const NEVER = (): void => undefined

/**
 * One end of an open WebSocket connection, without I/O: bytes and time in, bytes and events out.
 *
 * Feed what arrives to `receive`, send what `takeOutput` returns, call `onTimer` at `nextDeadline`, say
 * `transportEnded` when the transport is gone, and obey `transport`.
 */
export class Connection {
  readonly role: 'client' | 'server'
  readonly #events: ConnectionEvents
  readonly #limits: ConnectionLimits
  readonly #now: () => number
  readonly #output: OutputBuffer
  readonly #sender: Sender
  readonly #receiver: Receiver
  /** Made for the first ping. */
  #pings: PingAnswers | undefined
  readonly #deadlines = new Deadlines()
  #state: ConnectionState = 'open'
  #backlog = 0
  #full = false
  #openMessage = 0
  // How it ended, as far as is known.
  #code: number = CloseCode.abnormal
  #reason = ''
  #clean = false
  #failed = false

  /** What the receiver talks to: one small object, where three closures would cost an idle connection 300 bytes. */
  static readonly #Inbound = class implements ReceiverSink {
    readonly #connection: Connection

    constructor(connection: Connection) {
      this.#connection = connection
    }

    onMessage(bytes: Uint8Array, start: number, end: number, isText: boolean): void {
      this.#connection.#events.message(bytes, start, end, isText)
    }

    onControl(opcode: number, bytes: Uint8Array, start: number, end: number): void {
      this.#connection.#onControl(opcode, bytes, start, end)
    }

    onViolation(violation: Violation): void {
      this.#connection.#fail(violation)
    }

    onUndone(plain: Undone): void {
      this.#connection.#read(undefined, plain)
      this.#connection.#events.output?.()
    }
  }

  /** @throws {MisuseError} for a client without `masks`, or a limit out of range */
  constructor(options: ConnectionOptions) {
    const isServer = options.role === 'server'
    if (!isServer && options.masks === undefined) throw new MisuseError('a client needs a source of masking keys')
    const { allocate = allocateZeroed, extension, maskBlock } = options
    this.role = options.role
    this.#events = options.events
    this.#limits = resolveLimits(options.limits)
    this.#now = options.now
    this.#output = new OutputBuffer(allocate)
    this.#sender = new Sender({
      output: this.#output,
      masks: isServer ? undefined : options.masks,
      ...{ extension, maskBlock },
      onProgress: extension === undefined ? NEVER : () => this.#events.output?.(),
      utf8: options.utf8 ?? PURE_UTF8,
    })
    const sink = new Connection.#Inbound(this)
    this.#receiver = new Receiver({ isServer, limits: this.#limits, allocate, extension, maskBlock, sink })
  }

  get state(): ConnectionState {
    return this.#state
  }

  get transport(): TransportWish {
    if (this.#state === 'closed') return 'destroy'
    // RFC 6455 section 7.1.1: "the server ... MUST close first; the client ... SHOULD wait for the server to close".
    // After a failure there is nothing to wait for on either side, and our close frame may wait behind a large message.
    return this.#state === 'ending' && this.#sender.idle && (this.role === 'server' || this.#failed) ? 'end' : 'keep'
  }

  /** Bytes waiting for `takeOutput`. */
  get pendingBytes(): number {
    return this.#output.pendingBytes + (this.#pings?.owedBytes ?? 0)
  }

  /** Bytes of messages that the extension still works on, or that wait behind such a one. */
  get heldBytes(): number {
    return this.#sender.heldBytes
  }

  /** Bytes not sent yet: waiting here, and in the transport as far as `noteBacklog` told. */
  get bufferedBytes(): number {
    return this.#output.pendingBytes + this.#sender.heldBytes + this.#backlog
  }

  /** False while the extension works on a large message: what `receive` gets is only held. Leave it in the transport. */
  get wantsInput(): boolean {
    return !this.#receiver.waiting
  }

  /** Memory held for a message that has not come in whole, in bytes. */
  get retainedBytes(): number {
    return this.#receiver.retainedBytes
  }

  /**
   * Bytes came from the peer. The chunk is the connection's from now on: it is unmasked in place. Nothing the peer sends
   * makes this throw; only an event handler can.
   */
  receive(chunk: Uint8Array): void {
    this.#read(chunk, undefined)
  }

  #read(chunk: Uint8Array | undefined, plain: Undone | undefined): void {
    if (!this.#reads) return
    let done = false
    try {
      if (chunk !== undefined) this.#receiver.receive(chunk)
      else this.#receiver.resume(plain!)
      done = true
    } finally {
      if (!done) this.#fail(VIOLATIONS.consumerFailed)
    }
    const open = this.#receiver.openMessage
    if (open !== this.#openMessage) {
      this.#openMessage = open
      const counts = open !== 0 && this.#reads
      this.#deadlines.message = counts ? this.#now() + this.#limits.messageTimeoutMs : Number.POSITIVE_INFINITY
    }
  }

  /** A message's bytes to keep beyond its event: given away if they were collected from pieces, otherwise copied. */
  keep(bytes: Uint8Array, start: number, end: number): Uint8Array {
    return this.#receiver.keep(bytes, start, end)
  }

  /**
   * Queue one message.
   * @param isText send as text; the bytes must be valid UTF-8
   * @param given the bytes are given away and will not change: a server then sends large ones without copying
   * @throws {MisuseError} when the range is not inside the bytes
   */
  send(bytes: Uint8Array, start = 0, end = bytes.length, isText = false, given = false): SendResult {
    if (!(start >= 0 && start <= end && end <= bytes.length)) throw new MisuseError('range is not inside the bytes')
    if (!this.#admits(end - start)) return 'refused'
    this.#sender.message(bytes, start, end, isText, given)
    return this.#level()
  }

  /** Queue one text message. Lone surrogates become U+FFFD. */
  sendText(text: string): SendResult {
    if (!this.#admits(text.length)) return 'refused'
    this.#sender.text(text)
    return this.#level()
  }

  /**
   * Queue a frame made by `prepareFrame`. It must not change afterwards.
   * @throws {MisuseError} on a client
   */
  sendPrepared(frame: Uint8Array): SendResult {
    if (this.role === 'client') throw new MisuseError('a client cannot send prepared frames: each needs its own mask')
    if (!this.#admits(frame.length)) return 'refused'
    this.#sender.prepared(frame)
    return this.#level()
  }

  /** @throws {MisuseError} when the payload is above 125 bytes */
  ping(payload: Uint8Array = NOTHING): SendResult {
    if (payload.length > MAX_CONTROL_BYTES) throw new MisuseError('a ping carries at most 125 bytes')
    if (!this.#admits(payload.length)) return 'refused'
    this.#sender.frame(FIN | PING, payload, 0, payload.length, false)
    return this.#level()
  }

  /**
   * Start the closing handshake. Messages already queued are sent before it; messages that still arrive are delivered.
   * Does nothing when a close was started before.
   * @param code 1000–1003, 1007–1014 or 3000–4999; left out, the close frame has no body
   * @param reason cut to 123 bytes of UTF-8 between two code points
   * @throws {MisuseError} for a code that must not be sent, or a reason without a code
   */
  close(code?: number, reason = ''): void {
    const body = closeBody(code, reason)
    if (!this.#change('close-sent')) return
    this.#writeClose(body)
    this.#deadlines.close = this.#now() + this.#limits.closeTimeoutMs
  }

  /** The next chunk to send, or undefined. Call until undefined; the chunk is the caller's and never touched again. */
  takeOutput(): Uint8Array | undefined {
    this.#pings?.flush()
    this.#sender.release()
    return this.#output.take()
  }

  /** Tell how many bytes the transport has taken but not sent. Counts towards the high water; may call `drain`. */
  noteBacklog(bytes: number): void {
    this.#backlog = bytes
    if (this.#full && this.bufferedBytes * 2 <= this.#limits.highWaterBytes) {
      this.#full = false
      if (this.#state === 'open') this.#events.drain?.()
    }
  }

  /** When `onTimer` wants to be called, on the clock of `now`; Infinity for never. Changes with every call. */
  nextDeadline(): number {
    return this.#deadlines.next
  }

  onTimer(now: number): void {
    if (now >= this.#deadlines.close) {
      this.transportEnded(this.#state === 'closing' ? 'the peer did not answer our close in time' : '')
    } else if (now >= this.#deadlines.message) this.#fail(VIOLATIONS.messageTooSlow)
  }

  /**
   * The transport has ended, failed, or is being destroyed.
   * @param reason told to `closed` when nothing better is known, for instance the error's message
   */
  transportEnded(reason = ''): void {
    if (!this.#change('transport-ended')) return
    this.#receiver.stop()
    this.#sender.end()
    this.#output.clear()
    this.#pings?.forget()
    this.#deadlines.clear()
    if (this.#code === CloseCode.abnormal && this.#reason === '') this.#reason = reason
    this.#events.closed(this.#code, this.#reason, this.#clean)
  }

  /** After a close was started the peer's messages still count; after its close frame, or a violation, nothing does. */
  get #reads(): boolean {
    return this.#state === 'open' || this.#state === 'closing'
  }

  /** The only place that writes `#state`. */
  #change(transition: Transition): boolean {
    const next = nextState(this.#state, transition)
    if (next === undefined) return false
    this.#state = next
    return true
  }

  /** An empty queue admits a message of any size: a limit below one message must not stop it for ever. */
  #admits(size: number): boolean {
    if (this.#state !== 'open') return false
    const buffered = this.bufferedBytes
    return buffered === 0 || buffered + size <= this.#limits.bufferBytes
  }

  #level(): SendResult {
    if (this.bufferedBytes < this.#limits.highWaterBytes) return 'ok'
    this.#full = true
    return 'full'
  }

  #onControl(opcode: number, bytes: Uint8Array, start: number, end: number): void {
    if (opcode === PING) {
      if (this.#state === 'open') {
        this.#pings ??= new PingAnswers(this.#sender)
        this.#pings.answer(bytes, start, end)
      }
      this.#events.ping?.(bytes, start, end)
    } else if (opcode === PONG) this.#events.pong?.(bytes, start, end)
    else this.#onClose(bytes, start, end)
  }

  #onClose(bytes: Uint8Array, start: number, end: number): void {
    const close = readCloseBody(bytes, start, end)
    if (close instanceof Violation) {
      this.#fail(close)
      return
    }
    const answered = this.#state === 'closing'
    if (!this.#change('close-received')) return
    this.#receiver.stop()
    this.#code = close.code
    this.#reason = close.reason
    this.#clean = true
    // Section 5.5.1: "If an endpoint receives a Close frame and did not previously send a Close frame, the endpoint MUST
    // send a Close frame in response. ... it typically echos the status code it received."
    if (!answered) this.#writeClose(closeBody(close.code === CloseCode.none ? undefined : close.code, ''))
    this.#linger()
    this.#events.closing?.(close.code, close.reason)
  }

  /** Section 7.1.7, _Fail the WebSocket Connection_: say why, read nothing more, and end the transport. */
  #fail(violation: Violation): void {
    const announced = this.#state === 'closing'
    if (!this.#change('failed')) return
    this.#receiver.stop()
    this.#code = violation.code
    this.#reason = violation.reason
    this.#failed = true
    this.#sender.drop()
    if (!announced) this.#writeClose(closeBody(violation.code, violation.reason))
    this.#linger()
  }

  #writeClose(body: Uint8Array): void {
    // The pong owed goes first: nothing follows a close frame.
    this.#pings?.flush()
    this.#sender.close(body)
  }

  #linger(): void {
    this.#deadlines.message = Number.POSITIVE_INFINITY
    this.#deadlines.close = this.#now() + this.#limits.lingerMs
  }
}

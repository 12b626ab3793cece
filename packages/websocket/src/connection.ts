import { allocateZeroed } from './allocate.ts'
import { CloseCode, closeBody, readCloseBody } from './close.ts'
import type { ConnectionEvents } from './connection-events.ts'
import type { ConnectionOptions, TransportWish } from './connection-options.ts'
import { Deadlines } from './deadlines.ts'
import { MisuseError, VIOLATIONS, Violation } from './errors.ts'
import type { Undone } from './extension.ts'
import { FIN, MAX_CONTROL_BYTES, PING, PONG } from './frame.ts'
import { type ConnectionLimits, resolveLimits } from './limits.ts'
import type { BudgetShare } from './memory-budget.ts'
import { NOT_KNOWN, type Outcome } from './outcome.ts'
import { OutputBuffer } from './output-buffer.ts'
import { Receiver, type ReceiverSink } from './receiver.ts'
import { SendQueue, type SendResult } from './send-queue.ts'
import { Sender } from './sender.ts'
import { type ConnectionState, nextState, type Transition, transportWish } from './state.ts'
import { Upkeep } from './upkeep.ts'
import { PURE_UTF8 } from './utf8.ts'

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
  readonly #deadlines: Deadlines
  readonly #queue: SendQueue
  /** Made for the first ping, unless it has to send some itself. */
  #upkeep: Upkeep | undefined
  readonly #share: BudgetShare | undefined
  #state: ConnectionState = 'open'
  #outcome: Outcome = NOT_KNOWN

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

  /** @throws {MisuseError} for a client without `masks`, or a limit or time out of range */
  constructor(options: ConnectionOptions) {
    const isServer = options.role === 'server'
    if (!isServer && options.masks === undefined) throw new MisuseError('a client needs a source of masking keys')
    const { role, events, now, allocate = allocateZeroed, extension, maskBlock, utf8 = PURE_UTF8 } = options
    this.role = role
    this.#events = events
    this.#limits = resolveLimits(options.limits)
    this.#deadlines = new Deadlines(this.#limits)
    this.#now = now
    this.#output = new OutputBuffer(allocate)
    const masks = isServer ? undefined : options.masks
    const onProgress = extension === undefined ? NEVER : () => events.output?.()
    this.#sender = new Sender({ output: this.#output, masks, extension, maskBlock, onProgress, utf8 })
    const sink = new Connection.#Inbound(this)
    if (options.liveness !== undefined) this.#upkeep = new Upkeep(this.#sender, now, this.#limits, options.liveness)
    this.#share = options.budget?.join(() => this.#evict())
    this.#queue = new SendQueue(this.#output, this.#sender, this.#limits, this.#share)
    this.#receiver = new Receiver({ isServer, limits: this.#limits, allocate, extension, maskBlock, sink })
  }

  get state(): ConnectionState {
    return this.#state
  }

  get transport(): TransportWish {
    return transportWish(this.#state, this.role === 'server' || this.#outcome.failed, this.#sender.idle)
  }

  /** Whether prepared frames are what it would send itself: a server's are, without an extension. */
  get sharesFrames(): boolean {
    return this.role === 'server' && !this.#sender.extends
  }
  /** Bytes waiting for `takeOutput`. */
  get pendingBytes(): number {
    return this.#output.pendingBytes + (this.#upkeep?.owedBytes ?? 0)
  }

  /** Bytes of messages that the extension still works on, or that wait behind such a one. */
  get heldBytes(): number {
    return this.#sender.heldBytes
  }

  /** Bytes not sent yet: waiting here, and in the transport as far as `noteBacklog` told. */
  get bufferedBytes(): number {
    return this.#queue.bufferedBytes
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
    this.#upkeep?.heard()
    try {
      if (chunk !== undefined) this.#receiver.receive(chunk)
      else this.#receiver.resume(plain!)
    } catch (error) {
      this.#fail(VIOLATIONS.consumerFailed)
      throw error
    }
    this.#deadlines.noteMessage(this.#receiver.openMessage, this.#now)
    this.#account()
  }

  /** Tell that the transport is not being read, and when it is again: until then no silence counts against the peer. */
  noteReading(reads: boolean): void {
    this.#upkeep?.noteReading(reads)
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
    return this.#queued()
  }

  /** Queue one text message. Lone surrogates become U+FFFD. */
  sendText(text: string): SendResult {
    if (!this.#admits(text.length)) return 'refused'
    this.#sender.text(text)
    return this.#queued()
  }

  /**
   * Queue a frame made by `prepareFrame`, or the frames made by `frameAll`.
   * @param borrowed they will change afterwards. @default false: they must not
   * @throws {MisuseError} on a client
   */
  sendPrepared(frames: Uint8Array, borrowed = false): SendResult {
    if (this.role === 'client') throw new MisuseError('a client cannot send prepared frames: each needs its own mask')
    if (!this.#admits(frames.length)) return 'refused'
    this.#sender.prepared(frames, borrowed)
    return this.#queued()
  }

  /** Send a ping, or a pong that nobody asked for. @throws {MisuseError} when the payload is above 125 bytes */
  ping(payload: Uint8Array = NOTHING, asPong = false): SendResult {
    if (payload.length > MAX_CONTROL_BYTES) throw new MisuseError('a ping carries at most 125 bytes')
    if (!this.#admits(payload.length)) return 'refused'
    this.#sender.frame(FIN | (asPong ? PONG : PING), payload, 0, payload.length, false)
    return this.#queued()
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
    this.#deadlines.noteClosing(this.#queue.bufferedBytes, this.#now())
  }

  /** The next chunk to send, or undefined. Call until undefined; the chunk is the caller's and never touched again. */
  takeOutput(): Uint8Array | undefined {
    this.#upkeep?.flush(false)
    this.#sender.release()
    const chunk = this.#output.take()
    if (chunk !== undefined) this.#upkeep?.taken(chunk.length)
    else if (this.#state !== 'open') this.#deadlines.noteUnsent(this.#queue.bufferedBytes, this.#now)
    return chunk
  }

  /** Tell what the transport has taken but not sent. May call `drain`. True: tell it again as soon as these are sent. */
  noteBacklog(bytes: number): boolean {
    this.#upkeep?.backlog(bytes)
    const drained = this.#queue.noteBacklog(bytes)
    this.#account()
    if (this.#state !== 'open') this.#deadlines.noteUnsent(this.#queue.bufferedBytes, this.#now)
    else if (drained) this.#events.drain?.()
    if (bytes === 0) return false
    return (
      this.#queue.full || this.#state !== 'open' || this.#upkeep?.waitsToLeave === true || this.#share !== undefined
    )
  }

  /** When `onTimer` wants to be called, on the clock of `now`; Infinity for never. Changes with every call. */
  nextDeadline(): number {
    // Once we are closing, the peer's answer is waited for anyway.
    const { next } = this.#deadlines
    return this.#state === 'open' ? Math.min(next, this.#upkeep?.deadline ?? next) : next
  }

  onTimer(now: number): void {
    if (now >= this.#deadlines.close) {
      this.transportEnded(this.#state === 'closing' ? 'the peer did not answer our close in time' : '')
    } else if (now >= this.#deadlines.message) this.#fail(VIOLATIONS.messageTooSlow)
    else if (this.#state === 'open' && this.#upkeep?.onTimer(now, this.#queue) === 'give-up') {
      this.transportEnded('the peer was not heard of after a ping')
    }
  }

  /**
   * The transport has ended, failed, or is being destroyed.
   * @param reason told to `closed` when nothing better is known, for instance the error's message
   */
  transportEnded(reason = ''): void {
    if (!this.#change('transport-ended')) return
    this.#receiver.stop()
    this.#sender.end()
    this.#queue.clear()
    this.#upkeep?.forget()
    this.#deadlines.clear()
    this.#share?.leave()
    const { code, reason: known, clean } = this.#outcome
    this.#events.closed(code, this.#outcome === NOT_KNOWN ? reason : known, clean)
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

  #admits(size: number): boolean {
    return this.#state === 'open' && this.#queue.admits(size) && this.#state === 'open'
  }

  /** A message was queued: what to tell its sender. */
  #queued(): SendResult {
    this.#account()
    return this.#queue.level()
  }

  #account(): void {
    this.#share?.hold(this.#receiver.retainedBytes + this.#queue.bufferedBytes)
  }

  /** The shared memory is used up and this connection holds the most. Output that is not read has to go at once. */
  #evict(): void {
    const unread = this.#queue.bufferedBytes > 0
    this.#fail(VIOLATIONS.budgetExceeded)
    if (unread) this.transportEnded()
  }

  #onControl(opcode: number, bytes: Uint8Array, start: number, end: number): void {
    if (opcode === PING) {
      if (this.#state === 'open') {
        this.#upkeep ??= new Upkeep(this.#sender, this.#now, this.#limits)
        this.#upkeep.answer(bytes, start, end)
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
    this.#outcome = { code: close.code, reason: close.reason, clean: true, failed: false }
    // Section 5.5.1: "If an endpoint receives a Close frame and did not previously send a Close frame, the endpoint MUST
    // send a Close frame in response. ... it typically echos the status code it received."
    if (!answered) this.#writeClose(closeBody(close.code === CloseCode.none ? undefined : close.code, ''))
    this.#deadlines.noteEnding(this.#queue.bufferedBytes, this.#now())
    this.#events.closing?.(close.code, close.reason)
  }

  /** Section 7.1.7, _Fail the WebSocket Connection_: say why, read nothing more, and end the transport. */
  #fail(violation: Violation): void {
    const announced = this.#state === 'closing'
    if (!this.#change('failed')) return
    this.#receiver.stop()
    this.#outcome = { code: violation.code, reason: violation.reason, clean: false, failed: true }
    this.#sender.drop()
    if (!announced) this.#writeClose(closeBody(violation.code, violation.reason))
    this.#deadlines.noteFailed(this.#now())
    this.#account()
    this.#events.failed?.(violation.code, violation.reason)
  }

  #writeClose(body: Uint8Array): void {
    // The pong owed goes first: nothing follows a close frame.
    this.#upkeep?.flush(true)
    this.#sender.close(body)
  }
}

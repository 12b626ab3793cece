import { type Channel, fitting, type Outgoing, sizeOf } from './channel.ts'
import { type CreditMessage, type EndMessage, type ItemMessage, Kind, kindNames, type Message } from './message.ts'
import { Patience } from './patience.ts'
import { PendingCalls } from './pending-calls.ts'
import { Receipts } from './receipts.ts'
import { leastRoom } from './room.ts'
import { SendLog } from './send-log.ts'
import { nextPhase, type Phase } from './session-phase.ts'
import {
  defaultTimeoutMs,
  type Failure,
  type PendingCall,
  type SessionEvents,
  type SessionOptions,
  type UnsettledCall,
} from './session-port.ts'
import { closeCode } from './status.ts'
import { isOfCall } from './stream-id.ts'
import type { SessionStreams } from './stream-port.ts'
import type { ValueEncoder } from './write-content.ts'

// Theory of operation
//
// A session is what two peers share: ids, calls in flight, and two counted sequences of reliable messages. A channel is
// what carries it for a while. A session is `attached` to one channel or `detached` from any; either way intents (call,
// result, notify …) may be issued: they are counted, kept in the send log, and leave as soon as a channel and the
// window allow. Once `ended` it does nothing, and whoever owns it settles what was pending.
//
// It is free of I/O: messages and the time go in, messages leave through the channel port, facts leave through
// `SessionEvents`. A violation by the peer never throws: it closes the channel with the code that says why.

export class Session {
  readonly #options: SessionOptions
  readonly #events: SessionEvents
  readonly calls = new PendingCalls()
  readonly #receipts: Receipts
  readonly #patience = new Patience()
  readonly #log: SendLog | undefined
  /** From the first stream on: most sessions never see one. */
  #streams: SessionStreams | undefined
  #phase: Phase = 'detached'
  #channel: Channel | undefined
  #lastPeerId = 0
  /** The peer broke a rule on the present channel. */
  #violated = false

  constructor(events: SessionEvents, options: SessionOptions) {
    this.#options = options
    this.#events = events
    this.#receipts = new Receipts(options.window)
    this.#log = options.resumable ? new SendLog(options.window) : undefined
  }

  /** What carries the items of streams: made when it is first asked for. */
  get streams(): SessionStreams | undefined {
    this.#streams ??= this.#events.startStreams?.()
    return this.#streams
  }

  /** Our calls that have not settled, those with items aside. */
  get plainCallsInFlight(): number {
    return this.calls.size - (this.#streams?.calls ?? 0)
  }

  get phase(): Phase {
    return this.#phase
  }

  /** Reliable messages received since the session began: what `ack` and a resume tell the peer. */
  get received(): number {
    return this.#receipts.received
  }

  get callsInFlight(): number {
    return this.calls.size
  }

  get channel(): Channel | undefined {
    return this.#channel
  }

  /** True while the window is full: what is pushed now waits for the peer's ack. */
  get congested(): boolean {
    return this.#log?.full === true
  }

  /** Whether bulk may leave: half of the window is always left to calls, answers and the rest. */
  get roomy(): boolean {
    return this.#phase === 'attached' && this.#log?.filling !== true
  }

  /** Bytes kept for a peer that has not acknowledged them. */
  get heldBytes(): number {
    return this.#log?.heldBytes ?? 0
  }

  /** When `onTimer` wants to be called (ms, the session's clock); Infinity when it need not be. */
  get nextDeadline(): number {
    return this.calls.nextDeadline
  }

  attach(channel: Channel): void {
    this.#enter('attached')
    this.#channel = channel
    this.#violated = false
    if (this.#log !== undefined) {
      this.#log.pump(channel)
      this.#judge(this.#log)
    }
    this.#streams?.attached()
  }

  /** Whether the session can carry on with a peer that says it has received so many reliable messages. */
  canResume(peerReceived: number): boolean {
    const log = this.#log
    return log !== undefined && this.#phase !== 'ended' && peerReceived >= log.acked && peerReceived <= log.sent
  }

  /**
   * Carries the session on over a new channel, whether or not the old one is known to be gone. `peerReceived` must be a
   * count that `canResume`; everything after it is sent again.
   */
  resume(channel: Channel, peerReceived: number): void {
    if (!this.canResume(peerReceived)) throw new Error(`a session cannot resume from ${peerReceived} messages`)
    if (this.#phase === 'attached') this.#enter('detached')
    this.#log?.rewind(peerReceived)
    // The other side has just been told how much we have.
    this.#receipts.tell()
    this.attach(channel)
  }

  /** The channel is gone; the session waits for another. */
  detach(): void {
    if (this.#phase !== 'attached') return
    this.#enter('detached')
    this.#channel = undefined
  }

  /** The session is over. Returns the calls that had not settled, lowest id first. */
  end(): UnsettledCall[] {
    if (this.#phase === 'ended') return []
    this.#enter('ended')
    this.#channel = undefined
    this.#streams?.end()
    return this.calls.leave(this.#log?.reached ?? Number.POSITIVE_INFINITY)
  }

  /**
   * Calls the peer. Returns the call's id.
   * @throws WirepactError `invalid-input` for a value that cannot travel, `message-too-large` for one the peer refuses.
   */
  call(
    method: number | string,
    input: unknown,
    call: PendingCall,
    timeoutMs: number | undefined,
    key: string | undefined,
  ): number {
    const id = this.calls.nextId
    const told = timeoutMs === defaultTimeoutMs ? undefined : timeoutMs
    const encoded = this.#options.codec.encodeCall(id, method, input, told, key, this.#log?.room(), call.writes)
    const message = fitting(encoded, this.#options.peerMessageBytes)
    // Before it leaves: it may be the one that fills the window for good, and then the session ends with it pending.
    this.calls.add(call, this.#options.clock.now(), timeoutMs, (this.#log?.appended ?? 0) + 1)
    this.#append(message)
    return id
  }

  /** Gives up a call of ours: tells the peer, and forgets it. False when it had settled already. */
  cancel(id: number): boolean {
    if (this.calls.take(id) === undefined) return false
    this.#push(this.#options.codec.encode({ kind: Kind.cancel, id }))
    return true
  }

  notify(method: number | string, input: unknown, laid?: ValueEncoder): void {
    this.#push(this.#options.codec.encode({ kind: Kind.notify, method, input }, this.#log?.room(), laid))
  }

  /** Answers a call of the peer; false, and nothing is sent, where the output must fit and does not. @throws as `call` */
  result(id: number, output: unknown, laid?: ValueEncoder, mustFit?: boolean): boolean {
    const encoded = this.#options.codec.encodeResult(id, output, this.#log?.room(), laid, mustFit)
    if (encoded !== undefined) this.#push(encoded)
    return encoded !== undefined
  }

  error(id: number, failure: Failure): void {
    this.#push(this.#options.codec.encode({ kind: Kind.error, id, ...failure }))
  }

  /** Sends one item of a stream. Returns its size in bytes. @throws WirepactError as `call` does. */
  item(id: number, fromCallee: boolean, waited: boolean, value: unknown): number {
    const { codec, peerMessageBytes } = this.#options
    // Many bytes are written once, where they will lie, not first where there is too little room for them.
    const isLarge = value instanceof Uint8Array && value.length <= peerMessageBytes
    const room = isLarge ? this.#log?.room(value.length + leastRoom) : this.#log?.room()
    const message = fitting(codec.encodeItem(id, fromCallee, waited, value, room), peerMessageBytes)
    const size = sizeOf(message)
    this.#append(message)
    return size
  }

  endItems(id: number, fromCallee: boolean): void {
    this.#push(this.#options.codec.encode({ kind: Kind.end, id, fromCallee }))
  }

  state(patch: boolean, value: unknown): void {
    this.#push(this.#options.codec.encode({ kind: Kind.state, patch, value }))
  }

  /** Sends something outside the counted sequence; while detached it is dropped, for its moment has passed. */
  control(message: Message): void {
    this.#channel?.send(fitting(this.#options.codec.encode(message), this.#options.peerMessageBytes))
  }

  drained(): void {
    this.#streams?.room()
  }

  /** Takes one message of `size` bytes from the channel. */
  receive(message: Message, size: number): void {
    // After a violation nothing counts that was still on its way.
    if (this.#phase !== 'attached' || this.#violated) return
    this.#receipts.see(size)
    switch (message.kind) {
      case Kind.call: {
        const { id, input, key, laid, method, timeoutMs } = message
        if (id <= this.#lastPeerId) return this.violate(`call id ${id} was used before`)
        this.#lastPeerId = id
        this.#count()
        return this.#events.call(id, method, input, timeoutMs, key, laid)
      }
      case Kind.result:
        this.#count()
        return this.#settle(message.id)?.succeed(message.output)
      case Kind.error:
        this.#count()
        return this.#settle(message.id)?.fail(message)
      case Kind.notify:
        this.#count()
        return this.#events.notify(message.method, message.input, message.laid)
      case Kind.cancel:
        if (message.id === 0 || message.id > this.#lastPeerId)
          return this.violate(`cancel of call ${message.id}, which was never made`)
        this.#count()
        return this.#events.cancel(message.id)
      case Kind.state:
        this.#count()
        return this.#events.state(message.patch === true, message.value)
      case Kind.item:
      case Kind.end:
        this.#count()
        return this.#stream(message, size)
      case Kind.credit:
        return this.#stream(message, size)
      case Kind.ack:
        return this.#acknowledge(message.count)
      case Kind.ping:
        if (this.#events.ping?.(message.nonce) !== false) this.control({ kind: Kind.pong, nonce: message.nonce })
        this.#sendAck()
        // The owner's watchdog lives on it.
        return this.#events.control(message)
      default:
        return this.#events.control(message)
    }
  }

  /** The time has come that `nextDeadline` named (or a later one). */
  onTimer(now: number): void {
    this.calls.expire(now, (id, call) => this.cancel(id) && call.expire())
  }

  /** The peer broke a rule: closes the channel with the code for it. */
  violate(reason: string, code: number = closeCode.protocolViolation): void {
    const channel = this.#channel
    if (channel === undefined) return
    this.#violated = true
    this.#events.violation(code, reason)
    channel.close(code, reason)
  }

  #settle(id: number): PendingCall | undefined {
    const call = this.calls.take(id)
    // One to a call that we gave up crosses our cancel on the way; one to a call that was never made is a violation.
    if (call === undefined && !this.calls.made(id)) this.violate(`answer to call ${id}, which was never made`)
    return call
  }

  #stream(message: ItemMessage | EndMessage | CreditMessage, size: number): void {
    const isKnown = isOfCall(message, this.calls.nextId, this.#lastPeerId)
    if (isKnown && this.streams !== undefined) return this.streams.receive(message, size)
    this.violate(`${kindNames[message.kind]} of call ${message.id}, which has no stream`)
  }

  #count(): void {
    if (this.#receipts.count()) this.#sendAck()
  }

  #sendAck(): void {
    if (this.#log === undefined || this.#receipts.told) return
    this.#receipts.tell()
    this.control({ kind: Kind.ack, count: this.#receipts.received })
  }

  #acknowledge(count: number): void {
    const log = this.#log
    if (log === undefined) return
    const wasFull = log.full
    if (!log.acknowledge(count)) return this.violate(`ack of ${count} messages when ${log.sent} were sent`)
    this.#patience.progress(this.#options.clock.now())
    if (this.#channel === undefined) return
    if (wasFull) {
      log.pump(this.#channel)
      this.#judge(log)
      if (!log.full) this.#events.writable()
    }
    this.#streams?.room()
    log.rest()
  }

  #push(message: Outgoing): void {
    this.#append(fitting(message, this.#options.peerMessageBytes))
  }

  #append(message: Outgoing): void {
    const log = this.#log
    if (log === undefined) return this.#channel?.send(message)
    if (log.push(message, this.#channel)) this.#judge(log)
  }

  #judge(log: SendLog): void {
    const verdict = this.#patience.judge(log, this.#channel, this.#options.clock.now())
    // An answer to ping comes with an ack.
    if (verdict === 'ask') this.control({ kind: Kind.ping, nonce: 0 })
    if (verdict !== 'give-up' || this.#phase === 'ended') return
    this.violate('messages are not acknowledged', closeCode.slowConsumer)
    this.#events.overflow()
  }

  #enter(next: Phase): void {
    this.#phase = nextPhase(this.#phase, next)
  }
}

import { CallTable } from './call-table.ts'
import { type Channel, type Outgoing, sizeOf } from './channel.ts'
import { DeadlineScan } from './deadline.ts'
import { WirepactError } from './error.ts'
import { Kind, type Message } from './message.ts'
import { SendLog } from './send-log.ts'
import {
  defaultTimeoutMs,
  type Failure,
  noProgressMs,
  type PendingCall,
  type SessionCodec,
  type SessionEvents,
  type SessionOptions,
  type UnsettledCall,
} from './session-port.ts'
import { closeCode } from './status.ts'

// Theory of operation
//
// A session is what two peers share: ids, calls in flight, and two counted sequences of reliable messages. A channel is
// what carries it for a while. A session is `attached` to one channel or `detached` from any; either way intents (call,
// result, notify …) may be issued: they are counted, kept in the send log, and leave as soon as a channel and the
// window allow. Once `ended` it does nothing, and whoever owns it settles what was pending.
//
// It is free of I/O: messages and the time go in, messages leave through the channel port, facts leave through
// `SessionEvents`. A violation by the peer never throws: it closes the channel with the code that says why.

type Phase = 'detached' | 'attached' | 'ended'

const transitions: Record<Phase, readonly Phase[]> = {
  detached: ['attached', 'ended'],
  attached: ['detached', 'ended'],
  ended: [],
}

export class Session {
  /** Reliable messages received since the session began: what `ack` and a resume tell the peer. */
  received = 0
  readonly #options: SessionOptions
  readonly #codec: SessionCodec
  readonly #events: SessionEvents
  readonly #pending = new CallTable<Pending>()
  readonly #deadlines = new DeadlineScan()
  readonly #log: SendLog | undefined
  #phase: Phase = 'detached'
  #channel: Channel | undefined
  #nextId = 1
  #lastPeerId = 0
  #acknowledged = 0
  #unacknowledgedBytes = 0
  /** When the peer last acknowledged something, or the window last became full. */
  #progressAt = 0
  /** The peer broke a rule on the present channel. */
  #violated = false
  /** The channel that was asked for an ack and has not brought one yet. */
  #asked: Channel | undefined

  constructor(options: SessionOptions) {
    this.#options = options
    this.#codec = options.codec
    this.#events = options.events
    this.#log = options.resumable ? new SendLog(options.window) : undefined
  }

  get phase(): Phase {
    return this.#phase
  }

  /** Our calls that have not settled. */
  get callsInFlight(): number {
    return this.#pending.size
  }

  /** What carries the session now. */
  get channel(): Channel | undefined {
    return this.#channel
  }

  /** True while the window is full: what is pushed now waits for the peer's ack. */
  get congested(): boolean {
    return this.#log?.full === true
  }

  /** Bytes kept for a peer that has not acknowledged them. */
  get heldBytes(): number {
    return this.#log?.heldBytes ?? 0
  }

  /** When `onTimer` wants to be called (ms, the session's clock); Infinity when it need not be. */
  get nextDeadline(): number {
    return this.#deadlines.next
  }

  /** Starts a new session on its first channel. */
  attach(channel: Channel): void {
    this.#enter('attached')
    this.#channel = channel
    this.#violated = false
    this.#log?.pump(channel)
    if (this.#log?.filling === true) this.#askForAck()
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
    this.#acknowledged = this.received
    this.#unacknowledgedBytes = 0
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
    const reached = this.#log?.reached ?? Number.POSITIVE_INFINITY
    const left: UnsettledCall[] = []
    this.#pending.visit(({ call, sequence }) => left.push({ call, mayHaveRun: sequence <= reached }))
    this.#pending.clear()
    this.#deadlines.begin()
    return left
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
    const id = this.#nextId
    const sent = timeoutMs === defaultTimeoutMs ? undefined : timeoutMs
    const message = this.#fitting(this.#codec.encodeCall(id, method, input, sent, key))
    this.#nextId = id + 1
    const deadline = this.#deadlines.add(this.#options.now(), timeoutMs ?? defaultTimeoutMs)
    // Before it leaves: it may be the one that fills the window for good, and then the session ends with it pending.
    this.#pending.set(id, { call, deadline, sequence: (this.#log?.appended ?? 0) + 1 })
    this.#append(message)
    return id
  }

  /** Gives up a call of ours: tells the peer, and forgets it. False when it had settled already. */
  cancel(id: number): boolean {
    if (this.#pending.take(id) === undefined) return false
    this.#push(this.#codec.encode({ kind: Kind.cancel, id }))
    return true
  }

  notify(method: number | string, input: unknown): void {
    this.#push(this.#codec.encode({ kind: Kind.notify, method, input }))
  }

  /** Answers a call of the peer. @throws WirepactError as `call` does. */
  result(id: number, output: unknown): void {
    this.#push(this.#codec.encodeResult(id, output))
  }

  error(id: number, failure: Failure): void {
    this.#push(this.#codec.encode({ kind: Kind.error, id, ...failure }))
  }

  state(patch: boolean, value: unknown): void {
    this.#push(this.#codec.encode({ kind: Kind.state, patch, value }))
  }

  /** Sends something outside the counted sequence; while detached it is dropped, for its moment has passed. */
  control(message: Message): void {
    this.#channel?.send(this.#fitting(this.#codec.encode(message)))
  }

  /** Sends an event that is encoded already, for many. False, and nothing is sent, when the peer would refuse it. */
  forward(message: Outgoing): boolean {
    if (sizeOf(message) > this.#options.peerMessageBytes) return false
    this.#channel?.send(message)
    return true
  }

  /** Takes one message of `size` bytes from the channel. */
  receive(message: Message, size: number): void {
    // After a violation nothing counts that was still on its way.
    if (this.#phase !== 'attached' || this.#violated) return
    this.#unacknowledgedBytes += size
    switch (message.kind) {
      case Kind.call:
        if (message.id <= this.#lastPeerId) return this.violate(`call id ${message.id} was used before`)
        this.#lastPeerId = message.id
        this.#count()
        return this.#events.call(message.id, message.method, message.input, message.timeoutMs, message.key)
      case Kind.result: {
        const pending = this.#settle(message.id)
        return pending?.call.succeed(message.output)
      }
      case Kind.error: {
        const pending = this.#settle(message.id)
        return pending?.call.fail(message)
      }
      case Kind.notify:
        this.#count()
        return this.#events.notify(message.method, message.input)
      case Kind.cancel:
        if (message.id > this.#lastPeerId) return this.violate(`cancel of call ${message.id}, which was never made`)
        this.#count()
        return this.#events.cancel(message.id)
      case Kind.state:
        this.#count()
        return this.#events.state(message.patch === true, message.value)
      case Kind.ack:
        return this.#acknowledge(message.count)
      case Kind.ping:
        this.control({ kind: Kind.pong, nonce: message.nonce })
        this.#sendAck()
        // The owner's watchdog lives on it.
        return this.#events.control(message)
      default:
        return this.#events.control(message)
    }
  }

  /** The time has come that `nextDeadline` named (or a later one). */
  onTimer(now: number): void {
    if (now < this.#deadlines.next) return
    this.#deadlines.begin()
    this.#pending.visit((pending, id) => {
      if (pending.deadline > now) return this.#deadlines.keep(pending.deadline)
      if (this.cancel(id)) pending.call.expire()
    })
  }

  /** The peer broke a rule: closes the channel with the code for it. */
  violate(reason: string, code: number = closeCode.protocolViolation): void {
    const channel = this.#channel
    if (channel === undefined) return
    this.#violated = true
    this.#events.violation(code, reason)
    channel.close(code, reason)
  }

  #settle(id: number): Pending | undefined {
    this.#count()
    const pending = this.#pending.take(id)
    // An answer to a call that we cancelled or that expired crosses our cancel on the way; one to a call that was never
    // made is a violation.
    if (pending === undefined && id >= this.#nextId) this.violate(`answer to call ${id}, which was never made`)
    return pending
  }

  #count(): void {
    this.received++
    const { bytes, messages } = this.#options.window
    // A quarter of the window: the peer hears of it long before it would have to stop.
    if ((this.received - this.#acknowledged) * 4 >= messages || this.#unacknowledgedBytes * 4 >= bytes) this.#sendAck()
  }

  #sendAck(): void {
    if (this.#log === undefined || this.received === this.#acknowledged) return
    this.#acknowledged = this.received
    this.#unacknowledgedBytes = 0
    this.control({ kind: Kind.ack, count: this.received })
  }

  #acknowledge(count: number): void {
    const log = this.#log
    if (log === undefined) return
    const wasFull = log.full
    if (!log.acknowledge(count)) return this.violate(`ack of ${count} messages when ${log.sent} were sent`)
    this.#asked = undefined
    this.#progressAt = this.#options.now()
    if (!wasFull || this.#channel === undefined) return
    log.pump(this.#channel)
    if (log.filling) this.#askForAck()
    if (!log.full) this.#events.writable()
  }

  #push(message: Outgoing): void {
    this.#append(this.#fitting(message))
  }

  #append(message: Outgoing): void {
    const log = this.#log
    if (log === undefined) return this.#channel?.send(message)
    log.push(message, this.#channel)
    if (log.filling) this.#askForAck()
    if (log.excessive) this.#overflow()
  }

  // The peer acknowledges by its own window, which may be larger than ours. An answer to ping comes with an ack.
  #askForAck(): void {
    if (this.#asked === this.#channel) return
    this.#asked = this.#channel
    this.#progressAt = this.#options.now()
    this.control({ kind: Kind.ping, nonce: 0 })
  }

  // While attached, what does not fit into the window waits behind it. A peer that lets that grow as large again and
  // has acknowledged nothing for a while does not read. While detached there is nobody to wait for.
  #overflow(): void {
    if (this.#phase === 'detached') this.#events.overflow()
    else if (this.#phase === 'attached' && this.#log?.hopeless === true) {
      if (this.#options.now() - this.#progressAt < noProgressMs && !this.#log.absurd) return
      this.violate('messages are not acknowledged', closeCode.slowConsumer)
      this.#events.overflow()
    }
  }

  // A sender knows the peer's limit, so what would be refused is not sent: the call fails here, the connection lives.
  #fitting(message: Outgoing): Outgoing {
    const size = sizeOf(message)
    const limit = this.#options.peerMessageBytes
    if (size <= limit) return message
    throw new WirepactError('message-too-large', `the message has ${size} bytes; the other side accepts ${limit}`)
  }

  #enter(next: Phase): void {
    if (!transitions[this.#phase].includes(next)) throw new Error(`a session cannot go from ${this.#phase} to ${next}`)
    this.#phase = next
  }
}

interface Pending {
  readonly call: PendingCall
  readonly deadline: number
  readonly sequence: number
}

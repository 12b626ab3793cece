import type { Position, ReadResult } from '@wirepact/eventlog'
import { Kind, type Message, type Outgoing } from '@wirepact/protocol'
import { SharedEvent, type Topic, type TopicListener } from './topic.ts'

/** The connection a binding writes to. */
export interface BindingOutlet {
  readonly encoding: 'binary' | 'json'
  /** True above the connection's high water: what is not sent now is read from the log later. */
  readonly congested: boolean
  control(message: Message): void
  forward(message: Outgoing): void
  /** The log failed, or a filter threw: the subscription ends. */
  failed(binding: Binding, error: unknown): void
}

export interface BindingOptions {
  readonly topic: Topic
  readonly outlet: BindingOutlet
  /** Says which events this subscriber may see. */
  readonly filter?: ((payload: unknown) => boolean) | undefined
  /** The topic's state, for events whose contract declares a snapshot. */
  readonly snapshot?: (() => Promise<unknown>) | undefined
}

// Theory of operation
//
// A binding stands at one offset of its topic and moves forward only. Live, it sends each record as the log delivers
// it. In every other case (it just began, the connection was full, the log had a hole) it *catches up*: it reads from
// the log after its offset until that is the newest one, and is live again, in the same turn, so that no record can
// fall between the two. Nothing is buffered for it meanwhile: its memory does not depend on the backlog.
//
//   idle ──start──▶ catching-up ──offset = head──▶ live
//                     ▲    │ congested              │ congested, hole, log broken
//                     │    ▼                        ▼
//                     └── parked ◀──────────────────┘          any ──close──▶ closed
type Phase = 'idle' | 'catching-up' | 'live' | 'parked' | 'closed'

/** One topic on one connection: what its subscriber has been sent, and what comes next. */
export class Binding implements TopicListener {
  readonly topic: Topic
  /** Asked for by the client. */
  subscribed = false
  /** Decided by the server. */
  joined = false
  readonly #options: BindingOptions
  readonly #outlet: BindingOutlet
  #phase: Phase = 'idle'
  #epoch = ''
  #offset = 0
  /** The last offset that the client has been told of; behind `#offset` where a filter left events out. */
  #told = 0
  /** Where it stood when the client was asked for a sign of life, and where when it last gave one. */
  #asked: Position | undefined
  #confirmed: Position | undefined

  constructor(options: BindingOptions) {
    this.topic = options.topic
    this.#options = options
    this.#outlet = options.outlet
  }

  get position(): Position {
    return { epoch: this.#epoch, offset: this.#offset }
  }

  /**
   * How far the client has surely come: what was sent after that may have been lost with its connection. Undefined
   * while even its first snapshot may have been.
   */
  get confirmed(): Position | undefined {
    return this.#confirmed
  }

  /** The client is asked for a sign of life. */
  asked(): void {
    // While it catches up, a snapshot may be due for the place where it stands.
    if (this.#phase === 'live' || this.#phase === 'parked') this.#asked = this.position
  }

  /** It gave one, so it has received all that was sent before. */
  answered(): void {
    this.#confirmed = this.#asked ?? this.#confirmed
  }

  /** Whether anything is on its way from the log; a parked binding waits for `resume`. */
  get parked(): boolean {
    return this.#phase === 'parked'
  }

  /**
   * Begins after `position`, or at the newest record. `announce` is called once, with the position the subscription
   * stands at, before anything else is sent.
   */
  async start(position: Position | undefined, announce: (position: Position) => void): Promise<void> {
    this.#phase = 'catching-up'
    this.topic.add(this)
    const { head } = this.topic
    if (position === undefined) {
      this.#stand(head)
      if (this.#options.snapshot === undefined) this.#confirmed = head
      announce(head)
      if (this.#options.snapshot !== undefined) await this.#sendSnapshot()
      return this.#catchUp()
    }
    this.#confirmed = position
    this.#stand(position)
    const read = await this.topic.log.read(this.topic.key, position, chunk)
    if (this.#closed) return
    announce(read.gap === undefined ? position : { epoch: read.head.epoch, offset: read.gap.to })
    if (await this.#take(read)) await this.#catchUp()
  }

  /** The connection has room again. */
  resume(): void {
    if (this.#phase !== 'parked') return
    this.#phase = 'catching-up'
    this.#catchUp().catch((error: unknown) => this.#fail(error))
  }

  live(event: SharedEvent): void {
    if (this.#phase !== 'live') return
    const { offset } = event.record
    if (offset !== this.#offset + 1) return this.broken()
    if (this.#outlet.congested) {
      this.#phase = 'parked'
      return
    }
    try {
      this.#send(event)
    } catch (error) {
      this.#fail(error)
    }
  }

  broken(): void {
    if (this.#phase !== 'live') return
    this.#phase = 'parked'
    this.resume()
  }

  /** Tells the client where it stands, if a filter has kept events from it: less to read after a reconnect. */
  advance(): void {
    if (this.#phase !== 'live' || this.#told === this.#offset) return
    this.#told = this.#offset
    this.#outlet.control({ kind: Kind.event, alias: this.topic.alias, offset: this.#offset, advance: true })
  }

  close(): void {
    this.#phase = 'closed'
    this.topic.remove(this)
  }

  async #catchUp(): Promise<void> {
    while (!this.#closed) {
      if (this.#offset === this.topic.headOffset && this.#epoch === this.topic.head.epoch) {
        this.#phase = 'live'
        return
      }
      if (this.#outlet.congested) {
        this.#phase = 'parked'
        return
      }
      const answer = this.topic.log.read(this.topic.key, this.position, chunk)
      const read = answer instanceof Promise ? await answer : answer
      if (!(await this.#take(read))) return
    }
  }

  /** Sends what was read. False when the binding was closed meanwhile. */
  async #take(read: ReadResult): Promise<boolean> {
    if (this.#closed) return false
    const { gap } = read
    if (gap !== undefined) {
      const { reason, from, to } = gap
      const { epoch } = read.head
      this.#stand({ epoch, offset: to })
      this.#outlet.control({ kind: Kind.gap, alias: this.topic.alias, reason, epoch, from, to })
      if (this.#options.snapshot !== undefined) {
        // The snapshot stands in for everything up to the newest record, so what was read before it is of no use.
        this.#stand(read.head)
        return this.#sendSnapshot()
      }
    }
    for (const record of read.records) {
      this.#send(new SharedEvent(record, this.topic.alias, this.topic.codec, false))
      if (this.#closed) return false
    }
    return true
  }

  // The position is taken before the state is read: events that the state already contains may come again after it,
  // an event that it does not contain cannot be missed.
  async #sendSnapshot(): Promise<boolean> {
    const offset = this.#offset
    const value = await this.#options.snapshot?.()
    if (this.#closed) return false
    this.#outlet.control({ kind: Kind.snapshot, alias: this.topic.alias, offset, value })
    return true
  }

  #send(event: SharedEvent): void {
    const { offset } = event.record
    this.#offset = offset
    if (this.#options.filter?.(event.payload) === false) return
    this.#told = offset
    this.#outlet.forward(event.message(this.#outlet.encoding))
  }

  #stand(position: Position): void {
    this.#epoch = position.epoch
    this.#offset = position.offset
    this.#told = position.offset
  }

  get #closed(): boolean {
    return this.#phase === 'closed'
  }

  #fail(error: unknown): void {
    if (!this.#closed) this.#outlet.failed(this, error)
  }
}

const chunk = { maxRecords: 256, maxBytes: 256 * 1024 }

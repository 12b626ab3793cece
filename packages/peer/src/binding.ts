import type { Position, ReadResult } from '@wirepact/eventlog'
import { Kind, WirepactError } from '@wirepact/protocol'
import type { BindingOptions, BindingOutlet } from './binding-port.ts'
import { Conflation } from './conflation.ts'
import type { Delivered } from './deliveries.ts'
import type { EventBatch } from './event-batch.ts'
import { SharedEvent } from './shared-event.ts'
import type { TakenSnapshot } from './shared-snapshot.ts'
import type { Topic, TopicListener } from './topic.ts'

// Theory of operation
//
// A binding stands at one offset of its topic and moves forward only. Live, it sends each record as the log delivers
// it. In every other case (it just began, the connection was full, the log had a hole) it *catches up*: it reads from
// the log after its offset until that is the newest one, and is live again, in the same turn, so that no record can
// fall between the two. Nothing is buffered for it meanwhile: its memory does not depend on the backlog. Before each
// chunk and each snapshot it looks whether the connection has room, and otherwise waits for its turn there.
//
//   idle ──start──▶ catching-up ──offset = head──▶ live
//                     ▲    │ congested              │ congested, hole, log broken
//                     │    ▼                        ▼
//                     └── parked ◀──────────────────┘          any ──close──▶ closed
//
// That is the policy `catchup`. With `drop` and `latest` a congested binding stays live and is *behind*: it counts what
// it leaves out, or holds the newest event of each key, and sends that before anything else when there is room. Should
// more keys come than may be held, it forgets them and parks: the log has them all.
type Phase = 'idle' | 'catching-up' | 'live' | 'parked' | 'closed'

/** One topic on one connection: what its subscriber has been sent, and what comes next. */
export class Binding implements TopicListener {
  readonly topic: Topic
  /** Asked for by the client. */
  subscribed = false
  /** Decided by the server. */
  joined = false
  readonly #options: BindingOptions<Binding>
  readonly outlet: BindingOutlet<Binding>
  #phase: Phase = 'idle'
  #epoch = ''
  #offset = 0
  /** The last offset that the client has been told of; behind `#offset` where a filter left events out. */
  #told = 0
  /** Events left out since `#told`, and those that wait for room: the newest of each key. */
  #dropped = 0
  readonly #held: Conflation
  /** It parked because the connection was full, and has not been live since. */
  #wasFull = false
  /** A snapshot that has been taken and waits for room: sends it. */
  #unsent: (() => void) | undefined
  /** Where it stood when the client was asked for a sign of life, and where when it last gave one. */
  #asked: Position | undefined
  #confirmed: Position | undefined

  constructor(options: BindingOptions<Binding>) {
    this.topic = options.topic
    this.#options = options
    this.outlet = options.outlet
    this.#held = options.slowness.policy === 'latest' ? new Conflation() : unused
  }

  /** What the client has been sent: what is behind that, it would have to be sent again. */
  get position(): Position {
    return { epoch: this.#epoch, offset: this.#told }
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
    // Otherwise a snapshot may be due for the place where it stands.
    if (this.#phase === 'live' || this.#phase === 'parked') this.#asked = this.position
  }

  /** It gave one, so it has received all that was sent before. */
  answered(): void {
    this.#confirmed = this.#asked ?? this.#confirmed
  }

  /** Whether it has begun; a second subscription to the topic begins nothing. */
  get started(): boolean {
    return this.#phase !== 'idle'
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
      const { snapshot } = this.#options
      const taken = snapshot && this.topic.snapshot.take(head, undefined, snapshot)
      const at = taken?.position ?? head
      this.#stand(at)
      if (this.#options.snapshot === undefined) this.#confirmed = head
      announce(at)
      if (taken === undefined || (await this.#sendSnapshot(taken))) await this.#catchUp()
      return
    }
    this.#confirmed = position
    this.#stand(position)
    const read = await this.topic.read(position)
    if (this.#closed) return
    announce(read.gap === undefined ? position : { epoch: read.head.epoch, offset: read.gap.to })
    if (await this.#take(read)) await this.#catchUp()
  }

  /** The connection has room again. The promise, if it gives one, tells when it has made use of that. */
  resume(): Promise<void> | undefined {
    const unsent = this.#unsent
    this.#unsent = undefined
    if (unsent !== undefined) return Promise.resolve(unsent())
    try {
      if (this.#phase === 'live') this.#recover()
    } catch (error) {
      this.#fail(error)
    }
    if (this.#phase !== 'parked') return undefined
    this.#phase = 'catching-up'
    return this.#catchUp().catch((error: unknown) => this.#fail(error))
  }

  live(event: SharedEvent): void {
    if (this.#phase !== 'live') return
    const { offset } = event.record
    // Reading may be ahead of what an engine has delivered.
    if (offset <= this.#offset) return
    if (offset !== this.#offset + 1) return this.broken()
    try {
      if (this.outlet.congested || (this.#behind && !this.#recover())) this.#exceed(event)
      else this.#send(event)
    } catch (error) {
      this.#fail(error)
    }
  }

  liveAll(batch: EventBatch<Delivered>): void {
    try {
      if (!this.#takesAll(batch)) for (const event of batch.events) this.live(event)
    } catch (error) {
      this.#fail(error)
    }
  }

  broken(): void {
    if (this.#phase !== 'live') return
    this.#phase = 'parked'
    void this.resume()
  }

  /** Tells the client where it stands, if a filter has kept events from it: less to read after a reconnect. */
  advance(): void {
    if (this.#phase !== 'live' || this.#behind || this.#told === this.#offset) return
    this.#told = this.#offset
    this.outlet.control({ kind: Kind.event, alias: this.topic.alias, offset: this.#offset, advance: true })
  }

  close(): void {
    this.#phase = 'closed'
    this.#unsent?.()
    this.topic.remove(this)
  }

  async #catchUp(): Promise<void> {
    while (!this.#closed) {
      if (this.#offset >= this.topic.headOffset && this.#epoch === this.topic.head.epoch) {
        this.#phase = 'live'
        this.#wasFull = false
        if (this.#behind) this.#recover()
        return
      }
      if (this.outlet.congested && !this.#passOver()) return this.#park()
      const after = { epoch: this.#epoch, offset: this.#offset }
      const answer = this.topic.read(after)
      const read = answer instanceof Promise ? await answer : answer
      if (!(await this.#take(read))) return
    }
  }

  /** Sends what was read. False when the binding was closed meanwhile. */
  async #take(read: ReadResult): Promise<boolean> {
    if (this.#closed) return false
    const { gap } = read
    if (gap !== undefined) {
      const { to } = gap
      const { epoch } = read.head
      const from = Math.min(gap.from, this.#told)
      const reason = this.#wasFull && gap.reason === 'trimmed' ? 'slow' : gap.reason
      this.#stand({ epoch, offset: to })
      this.outlet.control({ kind: Kind.gap, alias: this.topic.alias, reason, epoch, from, to })
      const { snapshot } = this.#options
      if (snapshot !== undefined) {
        // The snapshot stands in for everything up to the newest record, so what was read before it is of no use.
        const taken = this.topic.snapshot.take(read.head, { epoch, offset: to }, snapshot)
        this.#stand(taken.position)
        return this.#sendSnapshot(taken)
      }
    }
    if (this.outlet.congested && !this.#conflates) return true
    for (const record of read.records) {
      const event = new SharedEvent(record, this.topic, false)
      if (this.#conflates && (this.outlet.congested || !this.#recover())) this.#exceed(event)
      else {
        if (this.#dropped > 0) this.#sayDropped()
        this.#send(event)
      }
      if (this.#phase !== 'catching-up') return false
    }
    return true
  }

  #takesAll(batch: EventBatch<Delivered>): boolean {
    const { first, last } = batch
    if (this.#phase !== 'live' || last <= this.#offset) return true
    if (first !== this.#offset + 1 || this.#options.filter !== undefined || this.#behind) return false
    const run = batch.run(this.#options.form)
    if (run === undefined || !this.outlet.forwardAll(run)) return false
    this.#offset = last
    this.#told = last
    return true
  }

  // There is no room for the next event.
  #exceed(event: SharedEvent): void {
    const { filter, slowness } = this.#options
    const { policy, keyOf } = slowness
    this.outlet.waits(this)
    if (policy === 'catchup') return this.#park()
    if (policy === 'close') {
      throw new WirepactError('resource-exhausted', 'events came faster than they were read, which ends it (whenSlow)')
    }
    if (filter === undefined || filter(event.payload) === true) {
      if (policy === 'drop') this.#dropped++
      else if (!this.#held.keep(keyOf === undefined ? '' : keyOf(event.payload), event)) return this.#park()
    }
    this.#offset = event.record.offset
  }

  // There is no room for what waits in the log. False: it has to wait there.
  #passOver(): boolean {
    const { epoch, offset } = this.topic.head
    if (this.#options.slowness.policy === 'drop' && epoch === this.#epoch) {
      this.#dropped += offset - this.#offset
      this.#offset = offset
      return true
    }
    return this.#conflates
  }

  #park(): void {
    if (this.#behind) {
      this.#held.clear()
      this.#dropped = 0
      this.#offset = this.#told
    }
    this.#wasFull = true
    this.#phase = 'parked'
    this.outlet.waits(this)
  }

  get #behind(): boolean {
    return this.#dropped > 0 || this.#held.size > 0
  }

  get #conflates(): boolean {
    return this.#options.slowness.policy === 'latest'
  }

  /** Sends what was left behind, as far as there is room; true when that is all of it. */
  #recover(): boolean {
    while (this.#behind) {
      if (this.outlet.congested) {
        this.outlet.waits(this)
        return false
      }
      if (this.#dropped > 0) this.#sayDropped()
      else this.#forward(this.#held.shift() as SharedEvent)
    }
    return true
  }

  #sayDropped(): void {
    const gap = { epoch: this.#epoch, from: this.#told, to: this.#offset, dropped: this.#dropped }
    this.#told = gap.to
    this.#dropped = 0
    this.outlet.control({ kind: Kind.gap, alias: this.topic.alias, reason: 'slow', ...gap })
  }

  // The position is taken before the state is read: events that the state already contains may come again after it,
  // an event that it does not contain cannot be missed.
  async #sendSnapshot(taken: TakenSnapshot): Promise<boolean> {
    const value = await taken.value
    if (this.outlet.congested) await this.#room()
    if (this.#closed) return false
    this.outlet.control({ kind: Kind.snapshot, alias: this.topic.alias, offset: taken.position.offset, value })
    return true
  }

  #room(): Promise<void> {
    this.outlet.waits(this)
    return new Promise((resolve) => {
      this.#unsent = resolve
    })
  }

  #send(event: SharedEvent): void {
    this.#offset = event.record.offset
    const { filter } = this.#options
    // Anything but a clear yes is a no.
    if (filter === undefined || filter(event.payload) === true) this.#forward(event)
  }

  #forward(event: SharedEvent): void {
    const { offset } = event.record
    this.#told = offset
    if (this.outlet.forward(event.message(this.#options.form))) return
    const gap = { alias: this.topic.alias, reason: 'denied', epoch: this.#epoch, from: offset - 1, to: offset } as const
    this.outlet.control({ kind: Kind.gap, ...gap })
  }

  #stand(position: Position): void {
    this.#epoch = position.epoch
    this.#offset = position.offset
    this.#told = position.offset
    this.#dropped = 0
    this.#held.clear()
  }

  get #closed(): boolean {
    return this.#phase === 'closed'
  }

  #fail(error: unknown): void {
    if (!this.#closed) this.outlet.failed(this, error)
  }
}

const unused = new Conflation()

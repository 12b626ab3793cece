import type { LogGap, LogListener, LogRecord, LogWatch, Position } from '@wirepact/eventlog'
import { Deadline } from './deadline.ts'
import type { Epoch } from './identity.ts'
import type { NatsReport } from './options.ts'
import type { Live } from './stored.ts'
import type { KnownTail, StoredRun, Tail, TopicStore } from './topic-store.ts'

export interface LiveTopicOptions {
  readonly store: TopicStore
  readonly subject: string
  readonly timeoutMs: number
  readonly report: (report: NatsReport) => void
  /** Told where the topic stands as its messages come. */
  readonly observe: (tail: Tail) => void
  /** Told when the last watch was closed. */
  readonly idle: () => void
}

type Phase = 'opening' | 'live' | 'mending' | 'closed'

interface Watcher extends LogWatch {
  readonly listener: LogListener
  closed: boolean
}

/** What was delivered last, or a gap told of it. */
interface Seen {
  seq: number
  id: string
  offset: number
  epoch: Epoch
}

// Theory of operation
//
// One subscription per topic and node, however many listen. What the engine publishes again carries the sequence of the
// topic's message before it. While that chain holds, records are delivered as they come. Where it breaks, after every
// reconnect, and whenever it is compared with the engine, what is missing is read; what comes meanwhile waits, and is
// delivered after it, or read as well when too much waits.
//
//   opening ──the tail is known──▶ live ◀──read up to what waits──┐
//                                   └──chain broken, compared──▶ mending     any ──close──▶ closed
//
// Only `#seen` says what was delivered; it moves forward, by runs that follow it, or with a gap that says what is missing.

/** A topic that somebody on this node listens to. */
export class LiveTopic {
  readonly #options: LiveTopicOptions
  readonly #opened: Promise<void>
  readonly #seen: Seen = { seq: 0, id: '', offset: 0, epoch: { name: '', tag: 0 } }
  #phase: Phase = 'opening'
  #watchers: readonly Watcher[] = []
  #subscription: { close(): void } | undefined
  #waiting: Live[] = []
  #overflowed = false
  #again = false
  #heardAt = 0
  #writtenAt = Number.POSITIVE_INFINITY

  constructor(options: LiveTopicOptions) {
    this.#options = options
    const { store, subject } = options
    this.#subscription = store.engine.subscribe(store.live(subject), (message) => this.#receive(message))
    this.#opened = this.#open()
    this.#opened.catch(() => this.close())
  }

  get watched(): boolean {
    return this.#watchers.length > 0
  }

  /** When it was last known, from the engine, that nothing is missing; by `performance.now()`. */
  get heardAt(): number {
    return this.#heardAt
  }

  /** When its last message was stored, by the engine's clock, in ms since 1970. */
  get writtenAt(): number {
    return this.#writtenAt
  }

  /** Undefined when it was closed in between. Fails with an `EngineError`. */
  async watch(listener: LogListener): Promise<LogWatch | undefined> {
    await this.#opened
    if (this.#phase === 'closed') return undefined
    const { epoch, offset } = this.#seen
    const watcher: Watcher = {
      position: { epoch: epoch.name, offset },
      listener,
      closed: false,
      close: () => {
        if (watcher.closed) return
        watcher.closed = true
        this.#watchers = this.#watchers.filter((other) => other !== watcher)
        if (this.#watchers.length === 0) this.#options.idle()
      },
    }
    this.#watchers = [...this.#watchers, watcher]
    return watcher
  }

  /** Compares with the engine, and reads what is missing. Does nothing when it cannot be reached: it is called again. */
  async compare(): Promise<void> {
    if (this.#phase === 'opening') await this.#opened.catch(() => {})
    await this.#mend(true)
  }

  close(): void {
    this.#phase = 'closed'
    this.#subscription?.close()
    this.#subscription = undefined
    for (const watcher of this.#watchers) watcher.closed = true
    this.#watchers = []
    this.#waiting = []
  }

  async #open(): Promise<void> {
    const { store, subject, timeoutMs } = this.#options
    const tail = await store.known(subject, new Deadline(timeoutMs))
    this.#stand(tail)
    if (this.#phase !== 'opening') return
    this.#phase = 'live'
    const waiting = this.#takeWaiting()
    if (!this.#drain(waiting)) void this.#mend(false)
  }

  #receive(message: Live): void {
    if (message.seq === 0 || this.#phase === 'closed') return
    if (this.#phase !== 'live') {
      if (this.#waiting.length < mostWaiting) this.#waiting.push(message)
      else this.#overflowed = true
    } else if (!this.#follow(message)) void this.#mend(false)
  }

  /** Delivers a message that continues what was seen. False when something is missing before it. */
  #follow(message: Live): boolean {
    const { identity } = this.#options.store
    const { seq, epoch } = this.#seen
    if (message.seq <= seq) return true
    if (message.previous !== seq || identity.current !== epoch) return false
    const run = this.#options.store.decode(message, epoch)
    if (typeof run === 'object')
      return this.#accept({ ...run, seq: message.seq, id: message.id, timeMs: this.#options.store.clock.now })
    // Nothing of ours: what follows has to say itself where it stands. Of another epoch: one may have begun.
    if (run === 'other-epoch') void identity.inspect()
    else this.#options.report({ what: 'bad-data', message: `${this.#options.subject} holds what no log wrote` })
    this.#move(message.seq, message.id, this.#seen.offset)
    return true
  }

  /** Delivers a run that is the next after what was seen. False when it contradicts that: this history is over. */
  #accept(run: StoredRun): boolean {
    const { offset, epoch } = this.#seen
    const { base, records, seq, id, timeMs } = run
    if (base < offset) {
      this.#options.store.identity.lost()
      return false
    }
    this.#options.store.identity.note(seq, id)
    const end = base + records.length
    this.#options.observe({ seq, id, offset: end, epoch, run: undefined, timeMs })
    // A watch that a listener begins starts after the whole run: it is begun when this is over.
    this.#move(seq, id, end)
    this.#writtenAt = timeMs
    if (base > offset) this.#gap({ reason: 'trimmed', from: offset, to: base }, epoch)
    for (let i = 0; i < records.length; i++) this.#deliver({ offset: base + 1 + i, data: records[i]! })
    return true
  }

  #move(seq: number, id: string, offset: number): void {
    this.#seen.seq = seq
    this.#seen.id = id
    this.#seen.offset = offset
    this.#heardAt = performance.now()
  }

  #stand({ seq, id, offset, epoch, timeMs }: KnownTail): void {
    this.#seen.epoch = epoch
    this.#writtenAt = timeMs
    this.#move(seq, id, offset)
  }

  #deliver(record: LogRecord): void {
    for (const watcher of this.#watchers) {
      if (watcher.closed || record.offset <= watcher.position.offset) continue
      try {
        watcher.listener.record(record)
      } catch (error) {
        this.#threw(error)
      }
    }
  }

  #gap(gap: LogGap, epoch: Epoch): void {
    const position: Position = { epoch: epoch.name, offset: gap.to }
    for (const watcher of this.#watchers) {
      if (watcher.closed) continue
      try {
        watcher.listener.gap(gap, position)
      } catch (error) {
        this.#threw(error)
      }
    }
  }

  #threw(error: unknown): void {
    const message = 'a listener of a topic threw, which it must not'
    this.#options.report({ what: 'listener-threw', message, error })
  }

  /** One at a time: whoever asks while it runs has it run once more. */
  async #mend(compare: boolean): Promise<void> {
    if (this.#phase === 'mending') this.#again = true
    if (this.#phase !== 'live') return
    this.#phase = 'mending'
    for (let comparing = compare; ; comparing = this.#again) {
      this.#again = false
      const before = this.#seen.seq
      // Away: the next `ready` compares again. Other failures may pass, and the next round of comparisons calls.
      const done = await this.#read(comparing).then(
        () => true,
        () => false,
      )
      if (this.#phase !== 'mending') return
      const whole = this.#drain(this.#takeWaiting())
      // Messages that follow nothing although all was read are not the engine's.
      if (!done || !(this.#again || (!whole && this.#seen.seq !== before))) break
    }
    this.#phase = 'live'
  }

  #takeWaiting(): readonly Live[] | undefined {
    const waiting = this.#overflowed ? undefined : this.#waiting
    this.#waiting = []
    this.#overflowed = false
    return waiting
  }

  /** Delivers what waited. False when that was too much, or something is missing before it. */
  #drain(waiting: readonly Live[] | undefined): boolean {
    return waiting?.every((message) => this.#follow(message)) ?? false
  }

  async #read(compare: boolean): Promise<void> {
    const { store, subject, timeoutMs } = this.#options
    const deadline = new Deadline(timeoutMs)
    const epoch = await store.identity.ready(deadline)
    if (this.#seen.epoch !== epoch) return this.#begin(await store.known(subject, deadline))
    if (compare && !(await this.#compare(epoch, deadline))) return
    for (;;) {
      const { runs, last, ended } = await store.after(subject, this.#seen.seq + 1, atOnce, epoch)
      if (this.#phase === 'closed' || store.identity.current !== epoch) return
      for (const run of runs) {
        if (run.seq > this.#seen.seq && !this.#accept(run)) return
      }
      if (last > this.#seen.seq) this.#move(last, '', this.#seen.offset)
      this.#heardAt = performance.now()
      if (ended) return
    }
  }

  /** Whether there may be something to read. */
  async #compare(epoch: Epoch, deadline: Deadline): Promise<boolean> {
    const { store, subject } = this.#options
    const { seq, id } = this.#seen
    let tail = await store.tail(subject, epoch)
    // Of a cluster a server that is behind may have answered.
    if (tail.seq < seq) tail = await store.leaderTail(subject, epoch)
    if (this.#phase === 'closed' || store.identity.current !== epoch) return false
    if (tail.seq === 0) {
      // All of it came of age. An anchor says where the topic goes on, and what follows is read.
      await store.known(subject, deadline)
      return true
    }
    if (tail.seq > seq) return true
    this.#heardAt = performance.now()
    if (tail.seq < seq || (id !== '' && tail.id !== id)) store.identity.lost()
    return false
  }

  /** Another history: nobody can tell what of it is new. */
  #begin(tail: KnownTail): void {
    const from = this.#seen.offset
    this.#stand(tail)
    this.#gap({ reason: 'epoch', from, to: tail.offset }, tail.epoch)
  }
}

/** Messages that wait while others are read; past it they are read, too. */
const mostWaiting = 256
const atOnce = { messages: 2_048, bytes: 4 * 1024 * 1024 }

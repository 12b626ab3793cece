import type { LogListener, LogRecord, LogWatch, Position } from '@wirepact/eventlog'
import type { RedisReport } from './options.ts'
import { type Announced, type Appended, holds, type Reading, type Standing } from './replies.ts'

/** What a feed asks of the engine, about its topic. */
export interface FeedSource {
  /** Resolves when everything that is published from now on comes. */
  subscribe(): Promise<void>
  standing(): Promise<Standing>
  read(after: Position): Promise<Reading>
  /** Begins a new epoch in place of this one. */
  renew(epoch: string): Promise<void>
  report(report: RedisReport): void
}

interface Watcher extends LogWatch {
  readonly listener: LogListener
  closed: boolean
}

// Theory of operation
//
//   opening ──subscribed, head known──▶ live ◀──caught up, or the engine is away── repairing
//                                        └──anything but the next record──────────▶ repairing     any ──▶ closed
//
// What is published comes in order, at most once, and may be missed: a connection breaks, an engine drops a subscriber
// that reads too slowly. So a record is delivered only when it is the next one. Anything else (a later record, another
// epoch, another incarnation) only says that there is something to be read, and nothing that comes while reading is kept:
// it is there to be read, too. Where nothing is published any more, a comparison with the engine finds what was missed.
type Phase = 'opening' | 'live' | 'repairing' | 'closed'

const next: Readonly<Record<Phase, readonly Phase[]>> = {
  opening: ['live', 'closed'],
  live: ['repairing', 'closed'],
  repairing: ['live', 'closed'],
  closed: [],
}

/** One watched topic: one subscription in the engine, however many listen here. */
export class TopicFeed {
  /** Settles when the feed is live, or could not be opened. */
  readonly opened: Promise<void>
  readonly #source: FeedSource
  readonly #idle: () => void
  #phase: Phase = 'opening'
  // Replaced, never changed in place: a delivery under way goes on over the list that it started with.
  #watchers: readonly Watcher[] = []
  #epoch = ''
  #offset = 0
  #incarnation = 1
  /** What was announced while we were not looking. */
  #unread: Announced | undefined

  constructor(source: FeedSource, idle: () => void) {
    this.#source = source
    this.#idle = idle
    this.opened = this.#open()
  }

  /** How far the watchers have come. */
  get offset(): number {
    return this.#offset
  }

  get watchers(): number {
    return this.#watchers.length
  }

  /** Adds a listener; the feed must have been opened. */
  watch(listener: LogListener): LogWatch {
    const watcher: Watcher = {
      position: { epoch: this.#epoch, offset: this.#offset },
      listener,
      closed: false,
      close: () => {
        if (watcher.closed) return
        watcher.closed = true
        this.#watchers = this.#watchers.filter((other) => other !== watcher)
        if (this.#watchers.length === 0 && this.#phase !== 'closed') this.#idle()
      },
    }
    this.#watchers = [...this.#watchers, watcher]
    return watcher
  }

  /** Something was published to the topic. */
  announced(message: Announced): void {
    if (this.#phase !== 'live') {
      this.#unread = message
      return
    }
    const { epoch, offset, incarnation, data } = message
    if (epoch !== this.#epoch || incarnation !== this.#incarnation || offset > this.#offset + 1) this.#repair()
    else if (offset === this.#offset + 1) this.#deliver({ offset, data })
  }

  /** A request of this node met another history. */
  notice({ epoch, incarnation }: Appended): void {
    if (this.#phase === 'live' && (epoch !== this.#epoch || incarnation !== this.#incarnation)) this.#repair()
  }

  /** Compares with where the engine stood after the watchers had come to `known`; `soon`: what it announced may be on its way. */
  compare({ epoch, offset, incarnation }: Standing, known: number, soon: boolean): void {
    if (this.#phase !== 'live') return
    if (epoch !== this.#epoch || incarnation !== this.#incarnation || offset < known) return this.#repair()
    if (offset <= this.#offset) return
    if (!soon) return this.#repair()
    setTimeout(() => {
      if (this.#phase === 'live' && epoch === this.#epoch && this.#offset < offset) this.#repair()
    }, onTheWayMs)
  }

  /** Nothing is delivered any more. */
  close(): void {
    if (this.#phase === 'closed') return
    this.#enter('closed')
    for (const watcher of this.#watchers) watcher.closed = true
    this.#watchers = []
  }

  async #open(): Promise<void> {
    await this.#source.subscribe()
    const { epoch, offset, incarnation } = await this.#source.standing()
    if (this.#phase === 'closed') return
    this.#epoch = epoch
    this.#offset = offset
    this.#incarnation = incarnation
    this.#enter('live')
    if (this.#hasNews()) this.#repair()
  }

  #repair(): void {
    this.#enter('repairing')
    void this.#catchUp().then(
      () => {
        if (this.#phase !== 'repairing') return
        this.#enter('live')
      },
      () => {
        // The engine is away: what is missing is found when it is back.
        if (this.#phase === 'repairing') this.#enter('live')
      },
    )
  }

  async #catchUp(): Promise<void> {
    for (;;) {
      this.#unread = undefined
      const before = { epoch: this.#epoch, offset: this.#offset }
      const reading = await this.#source.read(before)
      if (this.#phase !== 'repairing') return
      if (reading.head.epoch === this.#epoch && !holds(reading.head, this.#incarnation, this.#offset)) {
        this.#source.report({
          what: 'engine-config',
          message: 'the engine, declared durable, has lost records; the topic begins a new epoch',
        })
        await this.#source.renew(this.#epoch)
      } else {
        this.#take(reading)
        if (this.#offset >= reading.head.offset && !this.#hasNews()) return
      }
      if (this.#phase !== 'repairing') return
    }
  }

  #take({ head, gap, records }: Reading): void {
    this.#epoch = head.epoch
    this.#incarnation = head.incarnation
    if (gap !== undefined) {
      this.#offset = gap.to
      this.#tell((listener) => listener.gap(gap, { epoch: head.epoch, offset: gap.to }))
    }
    for (const record of records) this.#deliver(record)
  }

  /** Whether something was announced that has not been read. */
  #hasNews(): boolean {
    const news = this.#unread
    this.#unread = undefined
    return news !== undefined && (news.epoch !== this.#epoch || news.offset > this.#offset)
  }

  #deliver(record: LogRecord): void {
    this.#offset = record.offset
    for (const watcher of this.#watchers) {
      if (watcher.closed || this.#startedAfter(watcher, record.offset)) continue
      this.#call(() => watcher.listener.record(record))
    }
  }

  #tell(what: (listener: LogListener) => void): void {
    for (const watcher of this.#watchers) if (!watcher.closed) this.#call(() => what(watcher.listener))
  }

  // A watch that was begun by a listener, while this record was being delivered, has it in its position already.
  #startedAfter({ position }: Watcher, offset: number): boolean {
    return position.epoch === this.#epoch && offset <= position.offset
  }

  #call(deliver: () => void): void {
    try {
      deliver()
    } catch (error) {
      this.#source.report({ what: 'listener-threw', message: 'a listener of a topic threw, which it must not', error })
    }
  }

  #enter(phase: Phase): void {
    if (!next[this.#phase].includes(phase)) throw new Error(`a feed that is ${this.#phase} cannot become ${phase}`)
    this.#phase = phase
  }
}

/** How long an announcement may take longer than the answer to a request, in ms. */
const onTheWayMs = 500

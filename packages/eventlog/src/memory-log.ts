import { DedupeWindow } from './dedupe-window.ts'
import { DueHeap } from './due-heap.ts'
import type { AppendOptions, EventLog, LogCaps, LogListener, LogWatch, ReadLimits, ReadResult } from './event-log.ts'
import { ForgottenTopics } from './forgotten-topics.ts'
import { EventLogError } from './log-error.ts'
import { type MemoryBounds, memoryBounds } from './memory-bounds.ts'
import { MemoryKeyValue } from './memory-kv.ts'
import { gapAfter, type Position } from './position.ts'
import { Topic, type Watcher } from './topic.ts'

export interface MemoryLogOptions extends Partial<MemoryBounds> {
  /** The time in milliseconds. A clock that is set back does no harm: the log's own time never falls. */
  readonly now: () => number
  /** Names this log's history. Must differ for every log ever made, a restarted process included. */
  readonly epoch: string
  /** Whether several servers of this process use it, so that they are nodes to each other. @default false */
  readonly shared?: boolean
  /** Told what a listener threw, which it must not. @default rethrown outside the append (an unhandled rejection) */
  readonly onListenerError?: (error: unknown) => void
}

/**
 * The log of one process, in memory: the embedded default.
 *
 * Theory of operation. A topic is in one of three states. *In use*: it holds records or has watchers, and is in
 * `#topics`. *Forgotten*: it has neither, and only its head is kept, so that offsets go on where they stopped. *Unknown*:
 * never seen, or forgotten so long ago that its head was folded into a floor (`ForgottenTopics` says why that is safe).
 *
 * Topics with records are also in a heap by the time of their oldest record, as it was when last looked at; trimming only
 * makes the truth later. Its top therefore leads to the oldest record of the whole process, which is what leaves first
 * when all topics together are too large, and tells in one comparison whether anything has come of age. There is no
 * timer: every append and read sweeps, and `sweep` is there for a process in which nothing happens any more.
 */
export class MemoryLog implements EventLog {
  readonly caps: LogCaps
  readonly kv: MemoryKeyValue
  readonly #bounds: MemoryBounds
  readonly #epoch: string
  readonly #now: () => number
  readonly #onListenerError: (error: unknown) => void
  readonly #topics = new Map<string, Topic>()
  readonly #byAge = new DueHeap<Topic>()
  readonly #forgotten: ForgottenTopics
  readonly #dedupe: DedupeWindow
  #bytes = 0
  #latest = Number.NEGATIVE_INFINITY
  #sweptAt = Number.NEGATIVE_INFINITY
  #closed = false

  constructor(options: MemoryLogOptions) {
    this.caps = { durable: false, shared: options.shared === true }
    this.#bounds = memoryBounds(options)
    this.#epoch = options.epoch
    this.#now = options.now
    this.#onListenerError = options.onListenerError ?? rethrowLater
    this.#forgotten = new ForgottenTopics(this.#bounds.forgottenTopics)
    this.#dedupe = new DedupeWindow(this.#bounds.dedupeMs, this.#bounds.dedupeKeys)
    this.kv = new MemoryKeyValue(this.#bounds.keyBytes, () => this.#time())
  }

  /** Bytes of records held now, overheads included: what `totalBytes` bounds. */
  get bytes(): number {
    return this.#bytes
  }

  /** Topics in use, and forgotten ones whose head is still known. */
  get topicCount(): { readonly inUse: number; readonly forgotten: number } {
    return { inUse: this.#topics.size, forgotten: this.#forgotten.size }
  }

  append(name: string, data: Uint8Array, options?: AppendOptions): Position {
    const now = this.#sweep()
    if (options?.dedupeKey !== undefined) {
      const first = this.#dedupe.find(name, options.dedupeKey, now)
      if (first !== undefined) return { epoch: this.#epoch, offset: first }
    }
    const topic = this.#inUse(name)
    const before = topic.records.bytes
    const offset = topic.records.append(data, now)
    this.#stored(topic, before, now)
    if (options?.dedupeKey !== undefined) this.#dedupe.add(name, options.dedupeKey, offset, now)
    if (topic.watchers.length > 0) topic.deliver({ offset, data }, this.#onListenerError)
    return { epoch: this.#epoch, offset }
  }

  appendMarked(name: string, bytes: Uint8Array, start: number, end: number, mark: object): number {
    const now = this.#sweep()
    const topic = this.#inUse(name)
    const before = topic.records.bytes
    const offset = topic.records.copy(bytes, start, end, mark, now)
    this.#stored(topic, before, now)
    if (topic.watchers.length > 0) topic.deliverMarked(offset, mark, bytes, start, end, this.#onListenerError)
    return offset
  }

  read(name: string, after: Position, limits: ReadLimits): ReadResult {
    if (!(limits.maxRecords >= 1 && limits.maxBytes >= 1)) {
      throw new RangeError(`maxRecords and maxBytes must be at least 1, not ${limits.maxRecords}, ${limits.maxBytes}`)
    }
    this.#sweep()
    const ring = this.#topics.get(name)?.records
    const headOffset = ring?.head ?? this.#forgotten.headOf(name)
    const gap = gapAfter(after, this.#epoch, ring?.base ?? headOffset, headOffset)
    const from = gap?.to ?? after.offset
    const records = ring?.slice(from, limits.maxRecords, limits.maxBytes) ?? []
    const position = { epoch: this.#epoch, offset: from + records.length }
    const head = { epoch: this.#epoch, offset: headOffset }
    return gap === undefined ? { records, position, head } : { records, position, head, gap }
  }

  head(name: string): Position {
    this.#assertOpen()
    return { epoch: this.#epoch, offset: this.#topics.get(name)?.records.head ?? this.#forgotten.headOf(name) }
  }

  heads(names: readonly string[]): Position[] {
    return names.map((name) => this.head(name))
  }

  watch(name: string, listener: LogListener): LogWatch {
    this.#assertOpen()
    const topic = this.#inUse(name)
    const watcher: Watcher = {
      position: { epoch: this.#epoch, offset: topic.records.head },
      listener,
      closed: false,
      close: () => {
        if (watcher.closed) return
        watcher.closed = true
        topic.watchers = topic.watchers.filter((other) => other !== watcher)
        this.#forgetIfIdle(topic)
      },
    }
    topic.watchers = [...topic.watchers, watcher]
    return watcher
  }

  /** Drops what is past its age now. Only a process without appends and reads needs to call it, to give memory back. */
  sweep(): void {
    this.#sweep()
  }

  close(): void {
    if (this.#closed) return
    this.#closed = true
    for (const topic of this.#topics.values()) for (const watcher of topic.watchers) watcher.closed = true
    this.#topics.clear()
    this.#byAge.clear()
    this.#forgotten.clear()
    this.#dedupe.clear()
    this.kv.close()
    this.#bytes = 0
  }

  #inUse(name: string): Topic {
    let topic = this.#topics.get(name)
    if (topic === undefined) {
      topic = new Topic(name, this.#forgotten.recall(name))
      this.#topics.set(name, topic)
    }
    return topic
  }

  #stored(topic: Topic, before: number, now: number): void {
    const ring = topic.records
    this.#bytes += ring.bytes - before
    if (topic.slot === -1) {
      this.#bytes += topic.overheadBytes
      topic.dueAt = now
      this.#byAge.add(topic)
    }
    while (ring.count > this.#bounds.recordsPerTopic || ring.bytes > this.#bounds.bytesPerTopic) this.#dropOldest(topic)
    while (this.#bytes > this.#bounds.totalBytes) this.#dropOldest(this.#oldestTopic()!)
  }

  #dropOldest(topic: Topic): void {
    const before = topic.records.bytes
    topic.records.dropOldest()
    this.#bytes -= before - topic.records.bytes
    if (topic.records.count > 0) return
    this.#byAge.remove(topic)
    this.#bytes -= topic.overheadBytes
    this.#forgetIfIdle(topic)
  }

  /** The topic that holds the oldest record of all. */
  #oldestTopic(): Topic | undefined {
    for (;;) {
      const top = this.#byAge.top
      if (top === undefined || top.records.oldestTime === top.dueAt) return top
      this.#byAge.postpone(top, top.records.oldestTime)
    }
  }

  #forgetIfIdle(topic: Topic): void {
    // A watch may be closed after the log, or long after its topic was given to another object under the same name.
    if (!topic.idle || this.#topics.get(topic.name) !== topic) return
    this.#topics.delete(topic.name)
    this.#forgotten.add(topic.name, topic.records.head)
  }

  #sweep(): number {
    this.#assertOpen()
    const now = this.#time()
    if (now === this.#sweptAt) return now
    this.#sweptAt = now
    const limit = now - this.#bounds.ageMs
    while (this.#byAge.top !== undefined && this.#byAge.top.dueAt <= limit) {
      const topic = this.#oldestTopic()!
      if (topic.records.oldestTime > limit) break
      this.#dropOldest(topic)
    }
    return now
  }

  #time(): number {
    const now = this.#now()
    if (now > this.#latest) this.#latest = now
    return this.#latest
  }

  #assertOpen(): void {
    if (this.#closed) throw new EventLogError('closed', 'the event log is closed')
  }
}

/** A listener is the library's own code: its throw is a bug to be seen, but not by the publisher whose append is done. */
function rethrowLater(error: unknown): void {
  void Promise.reject(error)
}

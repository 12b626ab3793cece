import type { EventEntry } from '@wirepact/contract'
import type { EventLog, LogListener, LogRecord, LogWatch, Position, ReadResult } from '@wirepact/eventlog'
import type { ValueDecoder } from '@wirepact/protocol'
import type { Delivered, Deliveries } from './deliveries.ts'
import type { EventBatch } from './event-batch.ts'
import { type EventCodec, SharedEvent } from './shared-event.ts'
import { SharedSnapshot } from './shared-snapshot.ts'
import { TopicReader } from './topic-reader.ts'

/** Who gets a topic's records as they come. */
export interface TopicListener {
  readonly outlet: TopicOutlet
  live(event: SharedEvent): void
  /** As `live` of each of them. */
  liveAll(batch: EventBatch<Delivered>): void
  /** The log itself lost records: what follows has to be read from it. */
  broken(): void
}

/** Where a listener's events go. */
export interface TopicOutlet {
  /** Whose they are: what tells one connection from another. */
  readonly listener: unknown
}

/** A topic that somebody on this node listens to. It watches the log once, however many listen. */
export class Topic implements LogListener, Delivered {
  readonly entry: EventEntry
  readonly key: string
  /** Its number in event messages: the same on every connection of this node, so that all can share the bytes. */
  readonly alias: number
  /** The parameters, as their schema parsed them. */
  readonly value: unknown
  readonly codec: EventCodec
  readonly log: EventLog
  /** How clients that have the same shape of the payload read it; records so marked are so laid out. */
  laid: ValueDecoder | undefined
  readonly snapshot = new SharedSnapshot()
  readonly #reader: TopicReader
  readonly #deliveries: Deliveries | undefined
  readonly #listeners = new Set<TopicListener>()
  #watch: LogWatch | undefined
  #epoch = ''
  #headOffset = 0

  /** @param deliveries collects what is published in a turn. @default each event is delivered as it comes */
  constructor(
    entry: EventEntry,
    key: string,
    alias: number,
    value: unknown,
    codec: EventCodec,
    log: EventLog,
    deliveries?: Deliveries,
  ) {
    this.entry = entry
    this.key = key
    this.alias = alias
    this.value = value
    this.codec = codec
    this.log = log
    this.#deliveries = deliveries
    this.#reader = new TopicReader((after) => log.read(key, after, chunk))
  }

  /** Begins to watch the log; until then there is no position. */
  async open(): Promise<void> {
    this.#watch = await this.log.watch(this.key, this)
    this.#epoch = this.#watch.position.epoch
    this.#headOffset = Math.max(this.#headOffset, this.#watch.position.offset)
  }

  /** Reads what follows a position, or its beginning where that is much. One read at a time, shared where it can be. */
  read(after: Position): ReadResult | Promise<ReadResult> {
    return this.#reader.read(after)
  }

  /** The newest record this node has seen. */
  get head(): Position {
    return { epoch: this.#epoch, offset: this.#headOffset }
  }

  /** The same, if it is known yet. */
  get headNow(): Position | undefined {
    return this.#watch === undefined ? undefined : this.head
  }

  get headOffset(): number {
    return this.#headOffset
  }

  get size(): number {
    return this.#listeners.size
  }

  get listeners(): Iterable<TopicListener> {
    return this.#listeners
  }

  add(listener: TopicListener): void {
    this.#listeners.add(listener)
  }

  remove(listener: TopicListener): void {
    this.#listeners.delete(listener)
  }

  close(): void {
    this.#watch?.close()
    this.#watch = undefined
  }

  record(record: LogRecord): void {
    const { data, mark, offset } = record
    this.#headOffset = offset
    if (this.#deliveries !== undefined) return this.#deliveries.add(this, offset, mark, data, 0, data.length)
    const event = new SharedEvent(record, this, this.#listeners.size > 1)
    for (const listener of this.#listeners) listener.live(event)
  }

  marked(offset: number, mark: object, bytes: Uint8Array, start: number, end: number): void {
    if (this.#deliveries === undefined) return this.record({ offset, mark, data: bytes.slice(start, end) })
    this.#headOffset = offset
    this.#deliveries.add(this, offset, mark, bytes, start, end)
  }

  deliver(batch: EventBatch<Delivered>): void {
    for (const listener of this.#listeners) listener.liveAll(batch)
  }

  gap(_gap: unknown, position: Position): void {
    this.#deliveries?.flush()
    this.#epoch = position.epoch
    this.#headOffset = position.offset
    for (const listener of [...this.#listeners]) listener.broken()
  }
}

/** What one read brings at most. */
const chunk = { maxRecords: 256, maxBytes: 256 * 1024 }

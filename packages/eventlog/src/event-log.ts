import type { Answer } from './answer.ts'
import type { KeyValue } from './key-value.ts'
import type { LogGap, LogRecord, Position } from './position.ts'

/** What a log declares about itself; the code above it adapts to this and to nothing else. */
export interface LogCaps {
  /** Acknowledged records outlive a crash of the process that holds them. */
  readonly durable: boolean
  /** Other nodes that open the same log see the same topics and keys. */
  readonly shared: boolean
}

export interface AppendOptions {
  /**
   * Appends with the same topic and key within the log's dedupe window are one: the later ones add nothing and answer
   * the position of the first. What a publisher sends when it repeats an append whose reply it never saw.
   */
  readonly dedupeKey?: string
}

export interface ReadLimits {
  /** At most this many records, at least 1. */
  readonly maxRecords: number
  /** At most this many bytes of `data`; a first record larger than that is returned alone, so reading always moves. */
  readonly maxBytes: number
}

export interface ReadResult {
  /** Contiguous: the first follows `gap.to`, or the position that was asked for. */
  readonly records: readonly LogRecord[]
  /** Where the reader stands after `records`: what to read after next. */
  readonly position: Position
  /** The newest position of the topic; equal to `position` when the reader has caught up. */
  readonly head: Position
  /** Present when records were missed before the first of `records`. A hole is always said, never skipped in silence. */
  readonly gap?: LogGap
}

/** Called by `watch`, in order, each record once. None of these may throw. */
export interface LogListener {
  record(record: LogRecord): void
  /** A record with a mark, whose bytes are borrowed for the time of the call. @default `record` of a copy */
  marked?(offset: number, mark: object, bytes: Uint8Array, start: number, end: number): void
  /** The engine lost records under a live watch (never from the in-memory log). The next record follows `position`. */
  gap(gap: LogGap, position: Position): void
}

export interface LogWatch {
  /** The head when the watch began: the first record delivered has the offset after it. */
  readonly position: Position
  /** Ends the watch; nothing is delivered once it has returned. Idempotent. */
  close(): void
}

/**
 * The port to a log of topics. A topic is any string; it exists for as long as someone asks about it.
 *
 * Every method fails with an {@link EventLogError}: `closed` after `close`, `unavailable` when an engine is away.
 */
export interface EventLog {
  readonly caps: LogCaps

  /**
   * Adds a record and answers its position once the log has it. The log keeps `data` without copying: the caller must
   * not write to it (or to the buffer it is a view of) afterwards.
   */
  append(topic: string, data: Uint8Array, options?: AppendOptions): Answer<Position>

  /**
   * As `append`, for bytes whose meaning lies in an object of this process: a copy of `[start, end)` is kept with `mark`,
   * and comes with it as a record. Answers its offset. Only a log that is neither durable nor shared can have this.
   */
  appendMarked?(topic: string, bytes: Uint8Array, start: number, end: number, mark: object): number

  /** Reads what follows `after`. Throws a `RangeError` when a limit is below 1. */
  read(topic: string, after: Position, limits: ReadLimits): Answer<ReadResult>

  /** The newest position; one exists for a topic that was never written too, and reading after it misses nothing. */
  head(topic: string): Answer<Position>

  /** As `head`, for many topics in one round trip, in their order. */
  heads(topics: readonly string[]): Answer<readonly Position[]>

  /** Delivers every record appended after `LogWatch.position`. */
  watch(topic: string, listener: LogListener): Answer<LogWatch>

  /** Small values by key, for calls that must run once. */
  readonly kv: KeyValue

  /** Ends all watches and frees what is held. Idempotent. */
  close(): Answer<void>
}

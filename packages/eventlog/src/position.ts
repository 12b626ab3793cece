/**
 * Where a reader stands in one topic: everything up to and including `offset` has been seen.
 *
 * `offset` counts the topic's records from 1 (0: before the first) and only ever grows within an `epoch`.
 * The epoch names one unbroken history. Offsets of different epochs say nothing about each other, which is why an
 * engine that lost or replaced its data must take a new one.
 */
export interface Position {
  readonly epoch: string
  readonly offset: number
}

/** One record of a topic. `data` belongs to the log: readers must not write to it. */
export interface LogRecord {
  readonly offset: number
  readonly data: Uint8Array
  /** The object that was given to `appendMarked`. */
  readonly mark?: object | undefined
}

/**
 * A hole between what a reader had and what the log can give: it saw everything up to `from` and stands at `to` now.
 *
 * - `epoch`: the position belongs to another history; `from` is an offset of that one, `to` the head of this one.
 * - `trimmed`: the records after `from`, up to and including `to`, are no longer retained.
 * - `ahead`: the position lies beyond the head (data was rolled back, or the position was made up); `to` is the head.
 */
export interface LogGap {
  readonly reason: 'epoch' | 'trimmed' | 'ahead'
  readonly from: number
  readonly to: number
}

/**
 * Finds the hole between a position and a topic that retains the offsets `base + 1 … head` of `epoch`.
 *
 * After `epoch` and `ahead` nothing older than the head is replayed: what the log retains may be exactly what the
 * reader has already seen under the old history, and nothing may arrive twice.
 */
export function gapAfter(after: Position, epoch: string, base: number, head: number): LogGap | undefined {
  if (after.epoch !== epoch) return { reason: 'epoch', from: after.offset, to: head }
  if (after.offset > head) return { reason: 'ahead', from: after.offset, to: head }
  if (after.offset < base) return { reason: 'trimmed', from: after.offset, to: base }
  return undefined
}

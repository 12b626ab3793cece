import { gapAfter, type LogRecord, type Position, type ReadLimits, type ReadResult } from '@wirepact/eventlog'
import { Deadline } from './deadline.ts'
import type { KnownTail, StoredRun, TopicStore } from './topic-store.ts'

// Theory of operation
//
// A position says an offset, and the stream is read by sequence. Where a reader stood before is remembered as a bookmark,
// and whoever is behind by less than the last message is answered from it. Everybody else's place is searched: offsets and
// sequences grow together, so the next guess lies between two known ones in proportion, or in the middle when that
// converges slowly. It takes a few round trips, once; after it reads go on from their bookmarks.

/** Reads topics from positions. */
export class TopicReader {
  readonly #store: TopicStore
  readonly #timeoutMs: number
  /** Subject and offset, and the sequence from which the record after that offset is found. The oldest use first. */
  readonly #bookmarks = new Map<string, number>()

  constructor(store: TopicStore, timeoutMs: number) {
    this.#store = store
    this.#timeoutMs = timeoutMs
  }

  /** Fails with an `EngineError`. */
  async read(subject: string, after: Position, limits: ReadLimits): Promise<ReadResult> {
    const deadline = new Deadline(this.#timeoutMs)
    for (let last: unknown; ; ) {
      deadline.check(last)
      try {
        const result = await this.#readOnce(subject, after, limits, deadline)
        if (result !== undefined) return result
      } catch (error) {
        last = error
        await this.#store.recover(error)
      }
    }
  }

  clear(): void {
    this.#bookmarks.clear()
  }

  /** Undefined when what it was after was trimmed meanwhile, or another epoch began. */
  async #readOnce(
    subject: string,
    after: Position,
    limits: ReadLimits,
    deadline: Deadline,
  ): Promise<ReadResult | undefined> {
    let tail = await this.#store.known(subject, deadline)
    const { epoch } = tail
    if (after.epoch === epoch.name && after.offset > tail.offset) {
      // Of a cluster a server that is behind may have answered.
      const { offset, ...rest } = await this.#store.leaderTail(subject, epoch)
      if (offset === undefined) return undefined
      tail = { ...rest, offset }
    }
    const head = { epoch: epoch.name, offset: tail.offset }
    const gap = gapAfter(after, epoch.name, 0, tail.offset)
    if (gap !== undefined) return { records: [], position: head, head, gap }
    if (after.offset === tail.offset) return { records: [], position: head, head }
    const collected = await this.#collect(subject, after.offset, tail, limits, deadline)
    if (collected === undefined || this.#store.identity.current !== epoch) return undefined
    const { from, records } = collected
    const position = { epoch: epoch.name, offset: from + records.length }
    if (from === after.offset) return { records, position, head }
    return { records, position, head, gap: { reason: 'trimmed', from: after.offset, to: from } }
  }

  /** The records after `offset`, or after the hole that follows it. */
  async #collect(
    subject: string,
    offset: number,
    tail: KnownTail,
    { maxRecords, maxBytes }: ReadLimits,
    deadline: Deadline,
  ): Promise<{ from: number; records: LogRecord[] } | undefined> {
    const records: LogRecord[] = []
    let bytes = 0
    let from = offset
    for (let seq = await this.#place(subject, offset, tail); seq <= tail.seq; ) {
      const messages = Math.min(atOnce, maxRecords - records.length + 1)
      const wanted = { messages, bytes: Math.max(1, maxBytes - bytes) }
      const { runs, last } = seq === tail.seq ? only(tail) : await this.#store.after(subject, seq, wanted, tail.epoch)
      if (last === 0) return undefined
      for (const run of runs) {
        if (run.seq > tail.seq) break
        const end = run.base + run.records.length
        if (end <= from + records.length) continue
        if (run.base > from + records.length) {
          // A hole: what comes after it is for the next read, which begins with it.
          if (records.length > 0) return this.#end(subject, from, records, run.seq)
          from = run.base
        }
        for (let i = from + records.length - run.base; i < run.records.length; i++) {
          const data = run.records[i]!
          bytes += data.byteLength
          const isFull = records.length >= maxRecords || (bytes > maxBytes && records.length > 0)
          if (isFull) return this.#end(subject, from, records, run.seq)
          records.push({ offset: from + records.length + 1, data })
        }
      }
      seq = last + 1
      // What was read is worth more than what would be late.
      if (records.length > 0 && deadline.leftMs < this.#timeoutMs / 2) return this.#end(subject, from, records, seq)
    }
    // Trimmed while it was read.
    if (records.length === 0 && from === offset) return undefined
    return this.#end(subject, from, records, tail.seq + 1)
  }

  #end(subject: string, from: number, records: LogRecord[], next: number): { from: number; records: LogRecord[] } {
    const name = `${subject} ${from + records.length}`
    this.#bookmarks.delete(name)
    this.#bookmarks.set(name, next)
    for (const oldest of this.#bookmarks.keys()) {
      if (this.#bookmarks.size <= mostBookmarks) break
      this.#bookmarks.delete(oldest)
    }
    return { from, records }
  }

  /** A sequence before which there is nothing of the record after `offset`, and not much else after it. */
  async #place(subject: string, offset: number, tail: KnownTail): Promise<number> {
    const marked = this.#bookmarks.get(`${subject} ${offset}`)
    if (marked !== undefined) return Math.min(marked, tail.seq)
    if (tail.run !== undefined && tail.run.base <= offset) return tail.seq
    const { epoch } = tail
    let below = await this.#store.next(subject, 1, epoch)
    if (below === undefined || endOf(below) > offset) return below?.seq ?? tail.seq
    // Nothing up to `below` is wanted; from `above` on it may all be.
    let above = { seq: tail.seq, offset: tail.run?.base ?? tail.offset }
    for (let tries = 0; above.seq - below.seq > nearby; tries++) {
      const guess = between(below, above, offset, tries)
      const found: StoredRun | undefined = await this.#store.next(subject, guess, epoch)
      if (found === undefined) break
      if (found.base <= offset && offset < endOf(found)) return found.seq
      if (found.base > offset) above = { seq: guess, offset: found.base }
      else below = found
    }
    return below.seq + 1
  }
}

function endOf({ base, records }: StoredRun): number {
  return base + records.length
}

function only(tail: KnownTail): { runs: readonly StoredRun[]; last: number } {
  const { seq, id, run, timeMs } = tail
  return { runs: run === undefined ? [] : [{ ...run, seq, id, timeMs }], last: seq }
}

/** The next sequence to look at: above `below`, and below `above`. */
function between(below: StoredRun, above: { seq: number; offset: number }, offset: number, tries: number): number {
  const room = above.seq - below.seq - 1
  const end = endOf(below)
  const share = tries % 3 === 2 || above.offset <= end ? 0.5 : (offset - end) / (above.offset - end)
  return below.seq + 1 + Math.min(room - 1, Math.max(0, Math.floor(share * room)))
}

/** Sequences that are not worth another guess. */
const nearby = 2
const atOnce = 2_048
const mostBookmarks = 4_096

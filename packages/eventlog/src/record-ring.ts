import type { LogRecord } from './position.ts'

/**
 * Charged for each retained record on top of its bytes: the view, its buffer and two ring slots. Without it a million
 * one-byte records would pass as one megabyte while they hold two hundred.
 */
export const RECORD_OVERHEAD_BYTES = 128

const SMALLEST_CAPACITY = 16

/**
 * The retained records of one topic: offsets `base + 1 … head`, oldest first out.
 *
 * The capacity is a power of two and a record lies at `offset & mask`, so that neither appending nor trimming moves
 * anything; `&` takes the low 32 bits, which is right for every offset up to 2^53. Records and times are in arrays of
 * their own rather than in one object each: half the memory, and nothing to allocate on append.
 */
export class RecordRing {
  /** The offset of the last record that is no longer here. */
  base: number
  /** The offset of the newest record. */
  head: number
  /** Retained bytes, overhead included. */
  bytes = 0
  #data: (Uint8Array | undefined)[] = []
  /** Undefined while no record has one. */
  #marks: (object | undefined)[] | undefined
  #times: number[] = []
  #mask = -1

  constructor(base: number) {
    this.base = base
    this.head = base
  }

  get count(): number {
    return this.head - this.base
  }

  /** When the oldest record was appended; `Infinity` when there is none. */
  get oldestTime(): number {
    return this.head === this.base ? Number.POSITIVE_INFINITY : this.#times[(this.base + 1) & this.#mask]!
  }

  append(data: Uint8Array, mark: object | undefined, time: number): number {
    if (this.count > this.#mask) this.#grow()
    const slot = ++this.head & this.#mask
    this.#data[slot] = data
    if (mark !== undefined) this.#marks ??= new Array<object | undefined>(this.#data.length).fill(undefined)
    if (this.#marks !== undefined) this.#marks[slot] = mark
    this.#times[slot] = time
    this.bytes += data.byteLength + RECORD_OVERHEAD_BYTES
    return this.head
  }

  /** Forgets the oldest record. The caller knows that there is one. */
  dropOldest(): void {
    const slot = ++this.base & this.#mask
    this.bytes -= this.#data[slot]!.byteLength + RECORD_OVERHEAD_BYTES
    this.#data[slot] = undefined
    // A topic that fell silent must not keep the arrays that its busiest hour grew.
    if (this.base === this.head) this.#release()
  }

  /** The records after `offset`, at least one if there is one, within both limits. `base <= offset <= head`. */
  slice(offset: number, maxRecords: number, maxBytes: number): LogRecord[] {
    const records: LogRecord[] = []
    let bytes = 0
    const last = Math.min(this.head, offset + maxRecords)
    for (let next = offset + 1; next <= last; next++) {
      const data = this.#data[next & this.#mask]!
      bytes += data.byteLength
      if (bytes > maxBytes && records.length > 0) break
      records.push(recordOf(next, data, this.#marks?.[next & this.#mask]))
    }
    return records
  }

  #grow(): void {
    const capacity = Math.max(SMALLEST_CAPACITY, this.#data.length * 2)
    const mask = capacity - 1
    const data = new Array<Uint8Array | undefined>(capacity).fill(undefined)
    const marks = this.#marks && new Array<object | undefined>(capacity).fill(undefined)
    const times = new Array<number>(capacity).fill(0)
    for (let offset = this.base + 1; offset <= this.head; offset++) {
      data[offset & mask] = this.#data[offset & this.#mask]
      if (marks !== undefined) marks[offset & mask] = this.#marks?.[offset & this.#mask]
      times[offset & mask] = this.#times[offset & this.#mask]!
    }
    this.#data = data
    this.#marks = marks
    this.#times = times
    this.#mask = mask
  }

  #release(): void {
    this.#data = []
    this.#marks = undefined
    this.#times = []
    this.#mask = -1
  }
}

// Without a member for a mark where there is none.
function recordOf(offset: number, data: Uint8Array, mark: object | undefined): LogRecord {
  return mark === undefined ? { offset, data } : { offset, data, mark }
}

import type { LogRecord } from './position.ts'

/**
 * Charged for each retained record on top of its bytes: the view, its buffer and what the ring has of it. Without it a million
 * one-byte records would pass as one megabyte while they hold two hundred.
 */
export const RECORD_OVERHEAD_BYTES = 128

const SMALLEST_CAPACITY = 16
const SMALLEST_SLAB_BYTES = 128
const LARGEST_SLAB_BYTES = 64 * 1024

/** Bytes that records lie in: those of one record, as they were given, or copies of several with the same mark. */
interface Slab {
  readonly bytes: Uint8Array
  readonly mark: object | undefined
  /** Where it is free. */
  at: number
}

/**
 * The retained records of one topic: offsets `base + 1 … head`, oldest first out.
 *
 * The capacity is a power of two and a record lies at `offset & mask`, so that neither appending nor trimming moves
 * anything; `&` takes the low 32 bits, which is right for every offset up to 2^53. What there is of a record is in arrays of
 * their own rather than in one object each: half the memory, and nothing to allocate on append.
 *
 * Records that are copied share slabs, which grow with what the topic holds: an eighth of it is unused at most. A slab goes
 * with its last record.
 */
export class RecordRing {
  /** The offset of the last record that is no longer here. */
  base: number
  /** The offset of the newest record. */
  head: number
  /** Retained bytes, overhead included. */
  bytes = 0
  #slabs: (Slab | undefined)[] = []
  #starts: Uint32Array = NONE
  #ends: Uint32Array = NONE
  #times: number[] = []
  #mask = -1
  /** Where the next copy goes. */
  #open: Slab | undefined

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

  append(data: Uint8Array, time: number): number {
    return this.#add({ bytes: data, mark: undefined, at: data.length }, 0, data.length, time)
  }

  /** Appends a copy of `[start, end)`. */
  copy(bytes: Uint8Array, start: number, end: number, mark: object, time: number): number {
    const size = end - start
    let slab = this.#open
    if (slab === undefined || slab.mark !== mark || slab.bytes.length - slab.at < size)
      slab = this.#openSlab(size, mark)
    const { at, bytes: target } = slab
    if (size > 64) target.set(bytes.subarray(start, end), at)
    else for (let index = 0; index < size; index++) target[at + index] = bytes[start + index]!
    slab.at = at + size
    return this.#add(slab, at, at + size, time)
  }

  /** Forgets the oldest record. The caller knows that there is one. */
  dropOldest(): void {
    const slot = ++this.base & this.#mask
    this.bytes -= this.#ends[slot]! - this.#starts[slot]! + RECORD_OVERHEAD_BYTES
    this.#slabs[slot] = undefined
    // A topic that fell silent must not keep the arrays that its busiest hour grew.
    if (this.base === this.head) this.#release()
  }

  /** The records after `offset`, at least one if there is one, within both limits. `base <= offset <= head`. */
  slice(offset: number, maxRecords: number, maxBytes: number): LogRecord[] {
    const records: LogRecord[] = []
    let bytes = 0
    const last = Math.min(this.head, offset + maxRecords)
    for (let next = offset + 1; next <= last; next++) {
      const slot = next & this.#mask
      bytes += this.#ends[slot]! - this.#starts[slot]!
      if (bytes > maxBytes && records.length > 0) break
      records.push(this.#record(next, slot))
    }
    return records
  }

  #record(offset: number, slot: number): LogRecord {
    const { bytes, mark } = this.#slabs[slot]!
    if (mark === undefined) return { offset, data: bytes }
    // A copy: whoever keeps one record shall not keep a slab.
    return { offset, data: bytes.slice(this.#starts[slot], this.#ends[slot]), mark }
  }

  #add(slab: Slab, start: number, end: number, time: number): number {
    if (this.count > this.#mask) this.#grow()
    const slot = ++this.head & this.#mask
    this.#slabs[slot] = slab
    this.#starts[slot] = start
    this.#ends[slot] = end
    this.#times[slot] = time
    this.bytes += end - start + RECORD_OVERHEAD_BYTES
    return this.head
  }

  #openSlab(size: number, mark: object): Slab {
    const usual = Math.min(LARGEST_SLAB_BYTES, Math.max(SMALLEST_SLAB_BYTES, this.bytes >> 3))
    this.#open = { bytes: new Uint8Array(Math.max(size, usual)), mark, at: 0 }
    return this.#open
  }

  #grow(): void {
    const capacity = Math.max(SMALLEST_CAPACITY, this.#slabs.length * 2)
    const mask = capacity - 1
    const slabs = new Array<Slab | undefined>(capacity).fill(undefined)
    const [starts, ends] = [new Uint32Array(capacity), new Uint32Array(capacity)]
    const times = new Array<number>(capacity).fill(0)
    for (let offset = this.base + 1; offset <= this.head; offset++) {
      const [from, to] = [offset & this.#mask, offset & mask]
      slabs[to] = this.#slabs[from]
      starts[to] = this.#starts[from]!
      ends[to] = this.#ends[from]!
      times[to] = this.#times[from]!
    }
    this.#slabs = slabs
    this.#starts = starts
    this.#ends = ends
    this.#times = times
    this.#mask = mask
  }

  #release(): void {
    this.#slabs = []
    this.#starts = NONE
    this.#ends = NONE
    this.#times = []
    this.#mask = -1
    this.#open = undefined
  }
}

const NONE = new Uint32Array(0)

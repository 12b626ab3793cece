import { type Due, DueHeap } from './due-heap.ts'
import type { KeyValue, PutOptions } from './key-value.ts'
import { EventLogError } from './log-error.ts'

/** Charged for each entry on top of its key and value: map entry, heap slot, buffer. */
const ENTRY_OVERHEAD_BYTES = 256

interface Entry extends Due {
  readonly key: string
  readonly value: Uint8Array
  readonly bytes: number
}

/** Keys in memory: expired ones go as soon as anything is asked, live ones are never dropped to make room. */
export class MemoryKeyValue implements KeyValue {
  readonly #entries = new Map<string, Entry>()
  readonly #expiring = new DueHeap<Entry>()
  readonly #maxBytes: number
  readonly #time: () => number
  #bytes = 0
  #closed = false

  constructor(maxBytes: number, time: () => number) {
    this.#maxBytes = maxBytes
    this.#time = time
  }

  /** Bytes held, overhead included. */
  get bytes(): number {
    return this.#bytes
  }

  get(key: string): Uint8Array | undefined {
    this.#expire()
    return this.#entries.get(key)?.value
  }

  put(key: string, value: Uint8Array, options: PutOptions): void {
    const now = this.#expire()
    this.#store(key, value, options, now)
  }

  putIfAbsent(key: string, value: Uint8Array, options: PutOptions): Uint8Array | undefined {
    const now = this.#expire()
    const present = this.#entries.get(key)
    if (present !== undefined) return present.value
    this.#store(key, value, options, now)
    return undefined
  }

  delete(key: string): void {
    this.#expire()
    const entry = this.#entries.get(key)
    if (entry !== undefined) this.#drop(entry)
  }

  /** Ends the store; everything asked of it from now on fails with `closed`. */
  close(): void {
    this.#closed = true
    this.#entries.clear()
    this.#expiring.clear()
    this.#bytes = 0
  }

  #store(key: string, value: Uint8Array, options: PutOptions, now: number): void {
    if (!(options.ttlMs > 0)) throw new RangeError(`ttlMs must be more than 0, not ${options.ttlMs}`)
    const replaced = this.#entries.get(key)
    const bytes = value.byteLength + 2 * key.length + ENTRY_OVERHEAD_BYTES
    // Checked before anything changes: a refused replacement leaves the old value in its place.
    if (this.#bytes - (replaced?.bytes ?? 0) + bytes > this.#maxBytes) {
      throw new EventLogError('full', `the key store is full: ${this.#maxBytes} bytes of keys that have not expired`)
    }
    if (replaced !== undefined) this.#drop(replaced)
    const entry: Entry = { key, value, bytes, dueAt: now + options.ttlMs, slot: -1 }
    this.#entries.set(key, entry)
    this.#expiring.add(entry)
    this.#bytes += bytes
  }

  #expire(): number {
    if (this.#closed) throw new EventLogError('closed', 'the event log is closed')
    const now = this.#time()
    for (let due = this.#expiring.top; due !== undefined && due.dueAt <= now; due = this.#expiring.top) this.#drop(due)
    return now
  }

  #drop(entry: Entry): void {
    this.#entries.delete(entry.key)
    this.#expiring.remove(entry)
    this.#bytes -= entry.bytes
  }
}

import type { Due } from './due-heap.ts'
import type { LogListener, LogWatch } from './event-log.ts'
import type { LogRecord } from './position.ts'
import { RecordRing } from './record-ring.ts'

/** Charged for a topic that holds records, its name and ring arrays included: what an empty map entry really costs. */
const TOPIC_OVERHEAD_BYTES = 512

export interface Watcher extends LogWatch {
  readonly listener: LogListener
  closed: boolean
}

/** One topic of the in-memory log: its records, and who listens. */
export class Topic implements Due {
  readonly name: string
  readonly records: RecordRing
  /** What it adds to the process-wide bytes while it holds records. */
  readonly overheadBytes: number
  /** Replaced, never changed in place: a delivery under way goes on over the list that it started with. */
  watchers: readonly Watcher[] = []
  dueAt = 0
  slot = -1
  #delivers = false
  /** Records that came while one was being delivered. */
  #waiting: LogRecord[] | undefined

  constructor(name: string, base: number) {
    this.name = name
    this.records = new RecordRing(base)
    this.overheadBytes = TOPIC_OVERHEAD_BYTES + 2 * name.length
  }

  get idle(): boolean {
    return this.records.count === 0 && this.watchers.length === 0
  }

  /**
   * Hands a record to every watcher. A listener may append to this very topic: that record then waits for its turn
   * here, otherwise the watchers after that listener would see the two in the wrong order.
   */
  deliver(record: LogRecord, onListenerError: (error: unknown) => void): void {
    if (this.#delivers) {
      this.#waiting ??= []
      this.#waiting.push(record)
      return
    }
    this.#delivers = true
    for (const watcher of this.watchers) deliverOne(watcher, record, onListenerError)
    this.#delivered(onListenerError)
  }

  /** As `deliver`, of a record whose bytes are borrowed. */
  deliverMarked(
    offset: number,
    mark: object,
    bytes: Uint8Array,
    start: number,
    end: number,
    onListenerError: (error: unknown) => void,
  ): void {
    // Only many need an object, and copies of their own.
    if (this.#delivers || this.watchers.length !== 1 || this.watchers[0]!.listener.marked === undefined)
      return this.deliver({ offset, data: bytes.slice(start, end), mark }, onListenerError)
    const watcher = this.watchers[0]!
    if (watcher.closed || offset <= watcher.position.offset) return
    this.#delivers = true
    try {
      watcher.listener.marked!(offset, mark, bytes, start, end)
    } catch (error) {
      onListenerError(error)
    }
    this.#delivered(onListenerError)
  }

  #delivered(onListenerError: (error: unknown) => void): void {
    const waiting = this.#waiting
    if (waiting !== undefined) {
      for (let next = 0; next < waiting.length; next++)
        for (const watcher of this.watchers) deliverOne(watcher, waiting[next]!, onListenerError)
      this.#waiting = undefined
    }
    this.#delivers = false
  }
}

function deliverOne(watcher: Watcher, record: LogRecord, onListenerError: (error: unknown) => void): void {
  // A watch begun by a listener, after this record was appended, has it in its position already.
  if (watcher.closed || record.offset <= watcher.position.offset) return
  try {
    watcher.listener.record(record)
  } catch (error) {
    onListenerError(error)
  }
}

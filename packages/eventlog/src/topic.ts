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
  #pending: LogRecord[] | undefined

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
    if (this.#pending !== undefined) {
      this.#pending.push(record)
      return
    }
    if (this.watchers.length === 0) return
    this.#pending = [record]
    for (let next = 0; next < this.#pending.length; next++) this.#deliverOne(this.#pending[next]!, onListenerError)
    this.#pending = undefined
  }

  #deliverOne(record: LogRecord, onListenerError: (error: unknown) => void): void {
    for (const watcher of this.watchers) {
      // A watch begun by a listener, after this record was appended, has it in its position already.
      if (watcher.closed || record.offset <= watcher.position.offset) continue
      try {
        watcher.listener.record(record)
      } catch (error) {
        onListenerError(error)
      }
    }
  }
}

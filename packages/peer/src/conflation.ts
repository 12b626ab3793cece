import type { SharedEvent } from './shared-event.ts'

/**
 * The newest event of each key, for a subscriber that wants only those while it is slow. Its records are shared with
 * every other subscriber of the topic; what it costs is bounded by the number of keys and the bytes of their payloads.
 */
export class Conflation {
  readonly #newest = new Map<string, SharedEvent>()
  #bytes = 0

  get size(): number {
    return this.#newest.size
  }

  /** Keeps an event in place of the one with its key. False when there is no room for another: nothing was kept. */
  keep(key: string, event: SharedEvent): boolean {
    const before = this.#newest.get(key)
    const bytes = this.#bytes - (before?.record.data.length ?? 0) + event.record.data.length
    if (before === undefined && (this.#newest.size >= maxKeys || (bytes > maxBytes && this.#newest.size > 0)))
      return false
    this.#bytes = bytes
    // Deleted first, so that the Map stays in the order of offsets.
    this.#newest.delete(key)
    this.#newest.set(key, event)
    return true
  }

  /** Takes out the event with the lowest offset. */
  shift(): SharedEvent | undefined {
    for (const [key, event] of this.#newest) {
      this.#newest.delete(key)
      this.#bytes -= event.record.data.length
      return event
    }
    return undefined
  }

  clear(): void {
    this.#newest.clear()
    this.#bytes = 0
  }
}

const maxKeys = 1_024
const maxBytes = 256 * 1024

interface Seen {
  readonly offset: number
  readonly expiresAt: number
}

/**
 * The dedupe keys of the last appends. All are kept for the same time, so the map's own order is the order in which they
 * expire. Bounded in number too: past it the oldest key goes, which shortens the window and nothing else.
 */
export class DedupeWindow {
  readonly #seen = new Map<string, Seen>()
  readonly #windowMs: number
  readonly #limit: number

  constructor(windowMs: number, limit: number) {
    this.#windowMs = windowMs
    this.#limit = limit
  }

  get size(): number {
    return this.#seen.size
  }

  /** The offset that an append with this key was given, if it was within the window. */
  find(topic: string, key: string, now: number): number | undefined {
    this.#expire(now)
    return this.#seen.get(nameOf(topic, key))?.offset
  }

  add(topic: string, key: string, offset: number, now: number): void {
    this.#seen.set(nameOf(topic, key), { offset, expiresAt: now + this.#windowMs })
    if (this.#seen.size <= this.#limit) return
    for (const oldest of this.#seen.keys()) {
      this.#seen.delete(oldest)
      return
    }
  }

  clear(): void {
    this.#seen.clear()
  }

  #expire(now: number): void {
    for (const [name, seen] of this.#seen) {
      if (seen.expiresAt > now) return
      this.#seen.delete(name)
    }
  }
}

/** The length keeps ('a', 'bc') and ('ab', 'c') apart: both parts may hold any character. */
function nameOf(topic: string, key: string): string {
  return `${topic.length}:${topic}${key}`
}

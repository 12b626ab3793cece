import type { Clock } from '@wirepact/peer'

interface Kept {
  readonly owner: string
  readonly bytes: number
  readonly until: number
}

/** What is remembered for the keys of each principal, so that none of them takes the room of all others. */
export class KeyQuota {
  readonly #clock: Clock
  readonly #limitBytes: number
  readonly #used = new Map<string, number>()
  /** In the order in which they expire, for all are kept for the same time. */
  #kept: Kept[] = []
  #head = 0

  constructor(clock: Clock, limitBytes: number) {
    this.#clock = clock
    this.#limitBytes = limitBytes
  }

  /** Principals for whom something is remembered. */
  get size(): number {
    this.#expire()
    return this.#used.size
  }

  /** Takes room for a run that begins; false when the principal has none left. */
  take(owner: string, bytes: number): boolean {
    this.#expire()
    const used = this.#used.get(owner) ?? 0
    if (used + bytes > this.#limitBytes) return false
    this.#used.set(owner, used + bytes)
    return true
  }

  /** Gives it back. */
  give(owner: string, bytes: number): void {
    const left = (this.#used.get(owner) ?? 0) - bytes
    if (left > 0) this.#used.set(owner, left)
    else this.#used.delete(owner)
  }

  /** Counts what has to be remembered now, whether or not there is room: its run cannot be undone. */
  keep(owner: string, bytes: number, ttlMs: number): void {
    this.#used.set(owner, (this.#used.get(owner) ?? 0) + bytes)
    this.#kept.push({ owner, bytes, until: this.#clock.now() + ttlMs })
  }

  #expire(): void {
    const now = this.#clock.now()
    for (
      let first = this.#kept[this.#head];
      first !== undefined && first.until <= now;
      first = this.#kept[this.#head]
    ) {
      this.give(first.owner, first.bytes)
      this.#head++
    }
    // When all have expired nothing is left of them, either; while some have not, moving the others costs their number.
    const isSpent = this.#head > 0 && this.#head === this.#kept.length
    if (!isSpent && (this.#head < 1_024 || this.#head * 2 < this.#kept.length)) return
    this.#kept = this.#kept.slice(this.#head)
    this.#head = 0
  }
}

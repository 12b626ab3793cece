/**
 * The heads of topics that hold no records any more and that nobody watches: a name and a number each, so that a topic
 * that is written once an hour continues its offsets, and a reader who comes back to it finds no false gap.
 *
 * The memory is bounded. Past it the longest forgotten head is dropped into `floor`, the highest offset that any dropped
 * topic had reached, and a topic that is not known starts there. Offsets thus never restart under one epoch: a position
 * that a dropped topic gave out is below the floor, and reading after it is answered with a gap (at worst a false one),
 * never with other records under the same offsets.
 */
export class ForgottenTopics {
  readonly #heads = new Map<string, number>()
  readonly #limit: number
  #floor = 0

  constructor(limit: number) {
    this.#limit = limit
  }

  get size(): number {
    return this.#heads.size
  }

  /** The offset at which a topic stands that holds nothing. */
  headOf(name: string): number {
    return this.#heads.get(name) ?? this.#floor
  }

  /** Takes a topic back into use; answers the head it continues from. */
  recall(name: string): number {
    const head = this.headOf(name)
    this.#heads.delete(name)
    return head
  }

  add(name: string, head: number): void {
    // Never written since the floor came to be what it is: there is nothing to remember.
    if (head === this.#floor) return
    this.#heads.set(name, head)
    if (this.#heads.size <= this.#limit) return
    for (const [oldest, oldestHead] of this.#heads) {
      this.#heads.delete(oldest)
      this.#floor = Math.max(this.#floor, oldestHead)
      return
    }
  }

  clear(): void {
    this.#heads.clear()
  }
}

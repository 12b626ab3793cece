/** What the heap keeps on each thing it holds. Only the heap writes `slot`. */
export interface Due {
  /** When this is due. May be earlier than the truth (see `DueHeap`), never later. */
  dueAt: number
  /** Its index in the heap; -1 when it is not in one. */
  slot: number
}

/**
 * A binary heap of things by when they are due, the earliest first.
 *
 * Built for keys that only move later: the holder leaves a thing where it is while its true time grows, looks at the
 * top, and moves it down with `postpone` when the truth turns out later. So the hot path (append a record, trim the
 * oldest) never touches the heap, and a sweep costs O(log n) for each thing that was really due.
 */
export class DueHeap<T extends Due> {
  readonly #items: T[] = []

  get size(): number {
    return this.#items.length
  }

  get top(): T | undefined {
    return this.#items[0]
  }

  add(item: T): void {
    this.#items.push(item)
    this.#up(item, this.#items.length - 1)
  }

  remove(item: T): void {
    const slot = item.slot
    const last = this.#items.pop()!
    item.slot = -1
    if (last === item) return
    this.#down(last, slot)
    this.#up(last, last.slot)
  }

  /** Gives an item of this heap a later time. */
  postpone(item: T, dueAt: number): void {
    item.dueAt = dueAt
    this.#down(item, item.slot)
  }

  clear(): void {
    for (const item of this.#items) item.slot = -1
    this.#items.length = 0
  }

  #up(item: T, from: number): void {
    let slot = from
    while (slot > 0) {
      const above = this.#items[(slot - 1) >> 1]!
      if (above.dueAt <= item.dueAt) break
      this.#place(above, slot)
      slot = (slot - 1) >> 1
    }
    this.#place(item, slot)
  }

  #down(item: T, from: number): void {
    let slot = from
    for (;;) {
      let below = slot * 2 + 1
      if (below >= this.#items.length) break
      if (below + 1 < this.#items.length && this.#items[below + 1]!.dueAt < this.#items[below]!.dueAt) below++
      if (this.#items[below]!.dueAt >= item.dueAt) break
      this.#place(this.#items[below]!, slot)
      slot = below
    }
    this.#place(item, slot)
  }

  #place(item: T, slot: number): void {
    this.#items[slot] = item
    item.slot = slot
  }
}

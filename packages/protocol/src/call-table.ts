// Most tables are empty, and there are two for each connection: those share these, and nothing is ever written to them.
const noSlots: unknown[] = []
const noIds = /* @__PURE__ */ new Float64Array(0)

/**
 * Calls in flight, found by id without hashing.
 *
 * Ids of one direction rise by one and most calls settle in about the order they were made, so the pending ones are a
 * narrow band of ids: a ring indexed by the id's low bits. When a new id meets an occupied slot, the ring doubles if it
 * is well filled; if it is not, the old entry is a slow call that very many others have overtaken, and it moves to a
 * Map, so that one call that takes an hour does not make a large ring.
 */
export class CallTable<Entry> {
  #slots: (Entry | undefined)[] = noSlots as (Entry | undefined)[]
  #ids: Float64Array = noIds
  #mask = -1
  #strays: Map<number, Entry> | undefined
  #size = 0

  /** Entries held now. */
  get size(): number {
    return this.#size
  }

  /** Adds an entry under an id that is not in the table. */
  set(id: number, entry: Entry): void {
    let index = this.#index(id)
    while (this.#mask < 0 || this.#slots[index] !== undefined) {
      if (this.#mask >= 0 && this.#size * 4 <= this.#mask + 1) {
        this.#strays ??= new Map()
        this.#strays.set(this.#ids[index] as number, this.#slots[index] as Entry)
        break
      }
      this.#grow()
      index = this.#index(id)
    }
    this.#slots[index] = entry
    this.#ids[index] = id
    this.#size++
  }

  get(id: number): Entry | undefined {
    if (this.#size === 0) return undefined
    const index = this.#index(id)
    if (this.#slots[index] !== undefined && this.#ids[index] === id) return this.#slots[index]
    return this.#strays?.get(id)
  }

  /** Takes the entry out and returns it; undefined when there is none. */
  take(id: number): Entry | undefined {
    if (this.#size === 0) return undefined
    const index = this.#index(id)
    const entry = this.#slots[index]
    if (entry !== undefined && this.#ids[index] === id) {
      this.#slots[index] = undefined
      this.#size--
      return entry
    }
    const stray = this.#strays?.get(id)
    if (stray !== undefined && this.#strays?.delete(id)) this.#size--
    return stray
  }

  /** Visits every entry, lowest id first; entries may be taken out during the visit. */
  visit(each: (entry: Entry, id: number) => void): void {
    if (this.#size === 0) return
    const found: [number, Entry][] = []
    for (let index = 0; index <= this.#mask; index++) {
      const entry = this.#slots[index]
      if (entry !== undefined) found.push([this.#ids[index] as number, entry])
    }
    if (this.#strays !== undefined) found.push(...this.#strays)
    found.sort((a, b) => a[0] - b[0])
    for (const [id, entry] of found) each(entry, id)
  }

  clear(): void {
    this.#slots = noSlots as (Entry | undefined)[]
    this.#ids = noIds
    this.#mask = -1
    this.#strays = undefined
    this.#size = 0
  }

  // Ids go up to 2^53 - 1, beyond what bitwise operators see, so the low 32 bits are taken explicitly.
  #index(id: number): number {
    return (id % 0x1_0000_0000) & this.#mask
  }

  #grow(): void {
    const slots = this.#slots
    const ids = this.#ids
    const size = this.#mask < 0 ? 8 : (this.#mask + 1) * 2
    this.#mask = size - 1
    this.#slots = new Array<Entry | undefined>(size).fill(undefined)
    this.#ids = new Float64Array(size)
    for (let old = 0; old < slots.length; old++) {
      const entry = slots[old]
      if (entry === undefined) continue
      const index = this.#index(ids[old] as number)
      // Two entries that did not clash in the smaller ring cannot clash in one twice its size.
      this.#slots[index] = entry
      this.#ids[index] = ids[old] as number
    }
  }
}

const mostInRow = 8

/**
 * A map for what there are mostly few of, on every connection: an empty `Map` takes some 280 bytes, and one of a few
 * entries is no quicker than looking at each.
 */
export class FewMap<Key, Value> {
  /** Keys and values in turn, as long as they are few. */
  #row: unknown[] = none
  #map: Map<Key, Value> | undefined

  get size(): number {
    return this.#map?.size ?? this.#row.length / 2
  }

  has(key: Key): boolean {
    return this.#map === undefined ? this.#at(key) >= 0 : this.#map.has(key)
  }

  get(key: Key): Value | undefined {
    if (this.#map !== undefined) return this.#map.get(key)
    const at = this.#at(key)
    return at < 0 ? undefined : (this.#row[at + 1] as Value)
  }

  set(key: Key, value: Value): void {
    if (this.#map !== undefined) {
      this.#map.set(key, value)
      return
    }
    const at = this.#at(key)
    if (at >= 0) this.#row[at + 1] = value
    else if (this.#row.length === mostInRow * 2) {
      this.#map = new Map(this.entries()).set(key, value)
      this.#row = none
    } else {
      // Not `push`, nor spreading, which make room for sixteen more.
      this.#row = this.#row.concat([key, value])
    }
  }

  delete(key: Key): void {
    if (this.#map !== undefined) {
      this.#map.delete(key)
      if (this.#map.size === 0) this.#map = undefined
      return
    }
    const at = this.#at(key)
    if (at >= 0) this.#row = this.#row.length === 2 ? none : this.#row.filter((_, place) => place >> 1 !== at >> 1)
  }

  clear(): void {
    this.#row = none
    this.#map = undefined
  }

  /** As they are now: what is set or deleted meanwhile changes nothing. */
  entries(): [Key, Value][] {
    if (this.#map !== undefined) return [...this.#map]
    const entries: [Key, Value][] = []
    for (let at = 0; at < this.#row.length; at += 2) entries.push([this.#row[at] as Key, this.#row[at + 1] as Value])
    return entries
  }

  values(): Value[] {
    return this.entries().map(([, value]) => value)
  }

  #at(key: Key): number {
    for (let at = 0; at < this.#row.length; at += 2) if (this.#row[at] === key) return at
    return -1
  }
}

/** Never written to. */
const none: unknown[] = []

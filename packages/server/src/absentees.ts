/** What is counted of a session whose client is away. */
interface Absent {
  /** What it counted for when it was looked at last; 0 while its client is there. */
  bytes: number
}

interface Group<Each> {
  /** The longest absent first. */
  readonly members: Set<Each>
  bytes: number
}

/**
 * The sessions whose clients are away, by whose they are, so that nobody fills the room of all others. Nobody loses
 * anything while there is room: the share only says who gives way first when there is none.
 */
export class Absentees<Each extends Absent> implements Iterable<Each> {
  readonly #shareBytes: number
  readonly #groupOf = new Map<Each, Group<Each>>()
  readonly #groups = new Map<string, Group<Each>>()
  /** Those that hold more than their share: never more of them than shares fit into what is held in all. */
  readonly #greedy = new Set<Group<Each>>()
  /** A node loses all its clients at once, and must not add them up for each. */
  #bytes = 0

  constructor(shareBytes: number) {
    this.#shareBytes = shareBytes
  }

  get size(): number {
    return this.#groupOf.size
  }

  /** The sum of what all count for. */
  get bytes(): number {
    return this.#bytes
  }

  /** The longest absent first. */
  [Symbol.iterator](): Iterator<Each> {
    return this.#groupOf.keys()
  }

  add(each: Each, principal: string, bytes: number): void {
    const group = this.#groups.get(principal) ?? { members: new Set(), bytes: 0 }
    this.#groups.set(principal, group)
    group.members.add(each)
    this.#groupOf.set(each, group)
    this.count(each, bytes)
  }

  /** It counts for so much now. */
  count(each: Each, bytes: number): void {
    const group = this.#groupOf.get(each)
    if (group === undefined) return
    const more = bytes - each.bytes
    each.bytes = bytes
    this.#bytes += more
    group.bytes += more
    if (group.bytes > this.#shareBytes) this.#greedy.add(group)
    else this.#greedy.delete(group)
  }

  delete(each: Each, principal: string): void {
    const group = this.#groupOf.get(each)
    if (group === undefined) return
    this.count(each, 0)
    this.#groupOf.delete(each)
    group.members.delete(each)
    if (group.members.size === 0) this.#groups.delete(principal)
  }

  /** Who gives way: the longest absent of whoever holds most beyond a share, or else of all. */
  next(): Each | undefined {
    let most: Group<Each> | undefined
    for (const group of this.#greedy) if (group.bytes > (most?.bytes ?? 0)) most = group
    return first(most?.members ?? this)
  }

  /** The longest absent of a principal. */
  oldestOf(principal: string): Each | undefined {
    return first(this.#groups.get(principal)?.members ?? [])
  }
}

function first<Each>(all: Iterable<Each>): Each | undefined {
  for (const each of all) return each
  return undefined
}

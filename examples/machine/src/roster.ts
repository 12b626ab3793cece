import type { Viewer } from './contract.ts'

/** Names for viewers who have not said theirs: birds that are easy to say and hard to mix up. */
const BIRDS = [
  ...['Heron', 'Kestrel', 'Wren', 'Plover', 'Magpie', 'Osprey', 'Finch', 'Curlew'],
  ...['Raven', 'Siskin', 'Lapwing', 'Merlin', 'Dunlin', 'Avocet', 'Petrel', 'Thrush'],
]

/** One viewer. The key is a secret between it and the server; the others see the rest. */
export type Member = { readonly key: string; readonly id: number; name: string }

type Entry = { readonly member: Member; connections: number; arrived: boolean; leaving?: NodeJS.Timeout | undefined }

/** Who is watching, and who was a moment ago. */
export class Roster {
  readonly #entries = new Map<string, Entry>()
  readonly #changed: () => void
  readonly #keepMs: number
  #lastId = 0

  /**
   * @param changed called whenever `list()` says something new
   * @param keepMs how long somebody who left stays on the list as away, in ms
   */
  constructor(changed: () => void, keepMs = 30_000) {
    this.#changed = changed
    this.#keepMs = keepMs
  }

  /** The member with this key, or a new one; `wish` is the name it would like, which it gets if it is free. */
  know(key: string, wish: string | undefined): Member {
    const known = this.#entries.get(key)?.member
    if (known) return known
    const name = wish !== undefined && this.#isFree(wish, undefined) ? wish : this.#freeName()
    const member = { key, id: ++this.#lastId, name }
    const entry: Entry = { member, connections: 0, arrived: false }
    this.#entries.set(key, entry)
    this.#forgetLater(entry)
    return member
  }

  /** A connection of the member is up. */
  arrive(member: Member): void {
    const entry = this.#entries.get(member.key) ?? { member, connections: 0, arrived: true }
    this.#entries.set(member.key, entry)
    clearTimeout(entry.leaving)
    entry.arrived = true
    entry.connections++
    this.#changed()
  }

  /** A connection of the member ended. Most come back, so it is kept for a while. */
  leave(member: Member): void {
    const entry = this.#entries.get(member.key)
    if (entry === undefined || --entry.connections > 0) return
    this.#forgetLater(entry)
    this.#changed()
  }

  /** @returns false when somebody else is called that */
  rename(member: Member, name: string): boolean {
    if (!this.#isFree(name, member)) return false
    member.name = name
    this.#changed()
    return true
  }

  /** Everybody who is here or away for a moment; not those who were let in and never arrived. */
  list(): Viewer[] {
    return [...this.#entries.values()]
      .filter(({ arrived }) => arrived)
      .map(({ member: { id, name }, connections }) => ({ id, name, here: connections > 0 }))
  }

  #forgetLater(entry: Entry): void {
    entry.leaving = setTimeout(() => {
      this.#entries.delete(entry.member.key)
      if (entry.arrived) this.#changed()
    }, this.#keepMs)
    // A process that wants to end does not wait for somebody to come back.
    entry.leaving.unref()
  }

  #isFree(name: string, by: Member | undefined): boolean {
    const wanted = name.toLowerCase()
    return ![...this.#entries.values()].some(({ member }) => member !== by && member.name.toLowerCase() === wanted)
  }

  #freeName(): string {
    for (let round = 1; ; round++) {
      const name = BIRDS.map((bird) => (round === 1 ? bird : `${bird} ${round}`)).find((bird) =>
        this.#isFree(bird, undefined),
      )
      if (name !== undefined) return name
    }
  }
}

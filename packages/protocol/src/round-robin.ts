/** Who waits for a turn, in the order in which turns are given: a ring that is made of its members. */
export interface Turn {
  /** The next in the ring; null for the last, undefined for one that does not wait. */
  next: Turn | null | undefined
}

/** Gives turns in the order in which they were asked for. Costs no memory beside its members. */
export class RoundRobin<Member extends Turn> {
  #first: Member | null = null
  #last: Member | null = null

  get empty(): boolean {
    return this.#first === null
  }

  /** Asks for a turn, unless one is due already. */
  add(member: Member): void {
    if (member.next !== undefined) return
    member.next = null
    if (this.#last === null) this.#first = member
    else this.#last.next = member
    this.#last = member
  }

  /** Whose turn it is; it has to ask again for another. */
  take(): Member | null {
    const member = this.#first
    if (member === null) return null
    // Only members were ever added.
    this.#first = (member.next ?? null) as Member | null
    if (this.#first === null) this.#last = null
    member.next = undefined
    return member
  }

  clear(): void {
    while (this.take() !== null);
  }
}

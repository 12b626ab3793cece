/**
 * The slots in which a producer's appends to each topic are under way. An append keeps its slot until its answer is
 * known or given up; the engine remembers for each slot the last append it did there. So it recognises one that is made
 * again, and what it remembers is as much as was ever under way at once.
 */
export class Seats {
  readonly #topics = new Map<string, { readonly free: number[]; size: number }>()

  /** A slot of the topic that is free. */
  take(topic: string): number {
    let seats = this.#topics.get(topic)
    if (seats === undefined) {
      seats = { free: [], size: 0 }
      this.#topics.set(topic, seats)
    }
    return seats.free.pop() ?? seats.size++
  }

  give(topic: string, seat: number): void {
    const seats = this.#topics.get(topic)
    if (seats === undefined) return
    seats.free.push(seat)
    if (seats.free.length === seats.size) this.#topics.delete(topic)
  }

  /** Topics to which an append is under way. */
  get size(): number {
    return this.#topics.size
  }
}

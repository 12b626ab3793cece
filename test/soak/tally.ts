/** Counts things that were numbered 0, 1, 2… when they were made, as they arrive. */
export class Tally {
  readonly #times: Uint8Array
  #next = 0
  #distinct = 0
  /** Those that arrived again. */
  duplicated = 0
  /** Those that arrived for the first time, but after a later one. */
  outOfOrder = 0

  constructor(made: number) {
    this.#times = new Uint8Array(made)
  }

  heard(n: number): void {
    // An element beyond the end is undefined: what was never made arrived.
    if (this.#times[n] !== 0) this.duplicated++
    else {
      this.#times[n] = 1
      this.#distinct++
      if (n < this.#next) this.outOfOrder++
      this.#next = Math.max(this.#next, n + 1)
    }
  }

  /** Those that did not arrive. */
  get lost(): number {
    return this.#times.length - this.#distinct
  }
}

/** Several tallies as one. */
export function sumOf(tallies: readonly Tally[]) {
  const sum = { lost: 0, duplicated: 0, outOfOrder: 0 }
  for (const { lost, duplicated, outOfOrder } of tallies) {
    sum.lost += lost
    sum.duplicated += duplicated
    sum.outOfOrder += outOfOrder
  }
  return sum
}

/** What a message was stored as: its sequence in the stream, and the id that its writer gave it. */
export interface Sighting {
  readonly seq: number
  readonly id: string
}

/**
 * The newest messages that this node knows to be stored. An engine that comes back with fewer, or with others in their
 * place, has lost some: nothing else tells a stream that was rolled back from one that was not.
 */
export class Witness {
  readonly #seqs = new Array<number>(places).fill(0)
  readonly #ids = new Array<string>(places).fill('')
  #next = 0
  #newest = 0

  /** The highest sequence that was ever noted, or 0. */
  get newest(): number {
    return this.#newest
  }

  note(seq: number, id: string): void {
    if (seq <= this.#newest) return
    this.#newest = seq
    this.#seqs[this.#next] = seq
    this.#ids[this.#next] = id
    this.#next = (this.#next + 1) % places
  }

  /** Messages of others, of which only the number is known. */
  noteLast(seq: number): void {
    if (seq > this.#newest) this.#newest = seq
  }

  get sightings(): Sighting[] {
    return this.#seqs.flatMap((seq, place) => (seq === 0 ? [] : [{ seq, id: this.#ids[place]! }]))
  }

  /** Begins anew: what is stored now is another history. */
  clear(): void {
    this.#seqs.fill(0)
    this.#newest = 0
  }
}

const places = 16

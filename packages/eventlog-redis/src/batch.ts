interface Asked<Item, Answer> {
  readonly item: Item
  readonly resolve: (answer: Answer) => void
  readonly reject: (error: unknown) => void
}

/**
 * Makes one request of those that are asked for in one turn: a node whose clients all come back at once asks for
 * thousands of topics, and their number alone must not fill the queue.
 */
export class Batch<Item, Answer> {
  readonly #most: number
  readonly #run: (items: readonly Item[]) => Promise<readonly Answer[]>
  #asked: Asked<Item, Answer>[] = []

  /** `run` answers for at most `most` items, in their order. */
  constructor(most: number, run: (items: readonly Item[]) => Promise<readonly Answer[]>) {
    this.#most = most
    this.#run = run
  }

  ask(item: Item): Promise<Answer> {
    return new Promise((resolve, reject) => {
      if (this.#asked.push({ item, resolve, reject }) === 1) queueMicrotask(() => this.#send())
    })
  }

  #send(): void {
    const all = this.#asked
    this.#asked = []
    for (let n = 0; n < all.length; n += this.#most) {
      const part = all.slice(n, n + this.#most)
      this.#run(part.map(({ item }) => item)).then(
        (answers) => {
          for (const [i, { resolve }] of part.entries()) resolve(answers[i] as Answer)
        },
        (error: unknown) => {
          for (const { reject } of part) reject(error)
        },
      )
    }
  }
}

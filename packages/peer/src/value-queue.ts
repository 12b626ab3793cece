interface Waiting {
  resolve(result: IteratorResult<unknown, undefined>): void
  reject(error: unknown): void
}

// Theory of operation
//
// Either values wait for their reader (`#values`) or the reader waits for values (`#waiting`), never both. Once `finish`
// was called nothing enters; what is inside is still read, and only then does the reader learn how it ended: it has seen
// every value that came before the cause.

/** Values on their way to one reader that pulls them. */
export class ValueQueue {
  #values: unknown[] = []
  /** Where the values begin: taking from the front of an array costs its whole length. */
  #head = 0
  readonly #waiting: Waiting[] = []
  #finish: { readonly error: unknown } | undefined

  /** Values that wait for their reader. */
  get length(): number {
    return this.#values.length - this.#head
  }

  push(value: unknown): void {
    if (this.#finish !== undefined) return
    const reader = this.#waiting.shift()
    if (reader !== undefined) reader.resolve({ done: false, value })
    else this.#values.push(value)
  }

  take(): Promise<IteratorResult<unknown, undefined>> {
    if (this.length > 0) {
      const value = this.#values[this.#head++]
      if (this.length === 0) this.clear()
      return Promise.resolve({ done: false, value })
    }
    if (this.#finish === undefined) return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }))
    const { error } = this.#finish
    // An iterator fails once; whoever asks again is told that it is over.
    this.#finish = { error: undefined }
    return error === undefined ? Promise.resolve({ done: true, value: undefined }) : Promise.reject(error)
  }

  /** Nothing more will come, for a reason or none. Only the first time counts. */
  finish(error: unknown): void {
    if (this.#finish !== undefined) return
    this.#finish = { error }
    const [first, ...rest] = this.#waiting.splice(0)
    if (first !== undefined) this.take().then(first.resolve, first.reject)
    for (const reader of rest) reader.resolve({ done: true, value: undefined })
  }

  /** The reader is gone: what waits is dropped, the cause of an end with it. */
  abandon(): void {
    this.clear()
    this.finish(undefined)
    this.#finish = { error: undefined }
  }

  /** Drops what waits. */
  clear(): void {
    this.#values = []
    this.#head = 0
  }
}

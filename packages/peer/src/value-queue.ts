/** Hears of every value that the reader takes. */
export interface Taker {
  took(size: number): void
}

interface Waiting<End> {
  resolve(result: IteratorResult<unknown, End | undefined>): void
  reject(error: unknown): void
}

// Theory of operation
//
// Either values wait for their reader (`#values`) or the reader waits for values (`#waiting`), never both. Once `finish`
// was called nothing enters; what is inside is still read, and only then does the reader learn how it ended: it has seen
// every value that came before the cause.

/** Values on their way to one reader that pulls them. */
export class ValueQueue<End = undefined> {
  #values: unknown[] = none
  /** What each of them weighs. */
  #sizes: number[] = none as number[]
  /** Where the values begin: taking from the front of an array costs its whole length. */
  #head = 0
  #waiting: Waiting<End>[] = none as Waiting<End>[]
  readonly #taker: Taker | undefined
  #finish: { readonly error: unknown; readonly value: End | undefined } | undefined

  constructor(taker?: Taker) {
    this.#taker = taker
  }

  /** Values that wait for their reader. */
  get length(): number {
    return this.#values.length - this.#head
  }

  push(value: unknown, size = 0): void {
    if (this.#finish !== undefined) return
    const reader = this.#waiting.shift()
    if (reader === undefined) {
      if (this.#values === none) {
        this.#values = []
        this.#sizes = []
      }
      this.#values.push(value)
      this.#sizes.push(size)
      return
    }
    if (this.#waiting.length === 0) this.#waiting = none as Waiting<End>[]
    reader.resolve({ done: false, value })
    this.#taker?.took(size)
  }

  take(): Promise<IteratorResult<unknown, End | undefined>> {
    if (this.length > 0) {
      const value = this.#values[this.#head]
      // What was taken must not be kept: large ones would fill the memory, and old arrays hold on to them for long.
      this.#values[this.#head] = undefined
      const size = this.#sizes[this.#head++] as number
      if (this.length === 0) this.clear()
      else if (this.#head === longestGap) this.#closeGap()
      this.#taker?.took(size)
      return Promise.resolve({ done: false, value })
    }
    if (this.#finish === undefined) return new Promise((resolve, reject) => this.#wait({ resolve, reject }))
    const { error, value } = this.#finish
    // An iterator fails once, and ends with its value once; whoever asks again is told that it is over.
    this.#finish = { error: undefined, value: undefined }
    return error === undefined ? Promise.resolve({ done: true, value }) : Promise.reject(error)
  }

  /** Nothing more will come, for a reason or none; then `value` is what there is to say last. Only the first time counts. */
  finish(error: unknown, value?: End): void {
    if (this.#finish !== undefined) return
    this.#finish = { error, value }
    const [first, ...rest] = this.#waiting.splice(0)
    if (first !== undefined) this.take().then(first.resolve, first.reject)
    for (const reader of rest) reader.resolve({ done: true, value: undefined })
  }

  /** The reader is gone: what waits is dropped, the cause of an end with it. */
  abandon(): void {
    this.clear()
    this.finish(undefined)
    this.#finish = { error: undefined, value: undefined }
  }

  /** Drops what waits. */
  clear(): void {
    this.#values = none
    this.#sizes = none as number[]
    this.#head = 0
  }

  #wait(reader: Waiting<End>): void {
    if (this.#waiting === none) this.#waiting = []
    this.#waiting.push(reader)
  }

  // A reader that is never quite done must not keep what it has taken.
  #closeGap(): void {
    this.#values = this.#values.slice(this.#head)
    this.#sizes = this.#sizes.slice(this.#head)
    this.#head = 0
  }
}

const longestGap = 1_024

/** Most queues are empty most of the time, and there may be very many of them: those share this. */
const none: unknown[] = []

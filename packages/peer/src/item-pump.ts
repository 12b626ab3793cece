import type { ItemSource, ItemsOut } from '@wirepact/protocol'

/** What items may come from. A stream of the platform is read until it is done, and cancelled when nobody wants more. */
export type Items<Item> = Iterable<Item> | AsyncIterable<Item> | ReadableStream<Item>

/** What both sides ask of whatever they send items from. */
export interface Outlet extends ItemSource {
  /** A session carries the call; another one, perhaps, when it did not come to run on the first. */
  begin(half: ItemsOut): void
  /** The call is over: nothing more is wanted. */
  stop(error?: unknown): void
}

/** An item that its iterator yielded cannot be sent; `cause` says why. */
export class UnsendableItem extends Error {
  constructor(cause: unknown) {
    super('an item cannot be sent', { cause })
  }
}

// Theory of operation
//
// A pump takes one item at a time from an iterator and puts it into its half. It goes on as long as there is room; then
// it waits until the item has left. It ends when the iterator does, or throws, or when it is stopped: the iterator's
// `return` then runs what its `finally` has to do, and only after that the pump is over.

/** Gives what is sent for an item, at once or later, or throws. */
interface Check {
  checked(value: unknown, index: number): unknown
}

/** Sends what an iterable yields. */
export class ItemPump implements Outlet {
  readonly #iterator: AnyIterator
  readonly #begun: (done: Promise<unknown>) => void
  readonly #check: Check | undefined
  #half: ItemsOut | undefined
  /** Goes on once the item has left. */
  #goOn: { resolve(): void; reject(error: unknown): void } | undefined
  #held: unknown
  #stopped = false
  #over = false
  #returned: Promise<boolean> | undefined

  /** @param begun is given what the iterator returns, once everything before it has left */
  constructor(items: Items<unknown>, begun: (done: Promise<unknown>) => void, check?: Check) {
    this.#iterator = iteratorOf(items)
    this.#begun = begun
    this.#check = check
  }

  begin(half: ItemsOut): void {
    const isFirst = this.#half === undefined
    this.#half = half
    if (isFirst) this.#begun(this.#run())
    else if (this.#goOn !== undefined) this.#putAgain()
  }

  stop(): void {
    if (this.#stopped || this.#over) return
    this.#stopped = true
    // At once, not after the item that is awaited: that may be what it waits for.
    this.#returned = this.#return()
    this.#goOn?.resolve()
  }

  sent(): void {
    this.#goOn?.resolve()
  }

  failed(error: unknown): void {
    this.#goOn?.reject(new UnsendableItem(error))
  }

  async #run(): Promise<unknown> {
    try {
      for (let index = 0; !this.#stopped; index++) {
        let step = this.#next()
        if (isThenable(step)) step = await step
        if (this.#stopped) break
        if (step.done === true) {
          this.#over = true
          return step.value
        }
        let value = this.#check === undefined ? step.value : this.#check.checked(step.value, index)
        if (isThenable(value)) value = await value
        if (!this.#stopped && !this.#put(value)) await this.#room(value)
      }
    } catch (error) {
      if (this.#stopped) return undefined
      const isBroken = this.#over
      this.#over = true
      if (!isBroken) await this.#return()
      throw error
    }
    // A generator that stopped its own call was running then, and could not return.
    if (!(await this.#returned)) await this.#return()
    return undefined
  }

  #next(): IteratorResult<unknown> | PromiseLike<IteratorResult<unknown>> {
    try {
      const step = this.#iterator.next()
      if (!isThenable(step)) return step
      return step.then(undefined, (error: unknown) => this.#broke(error))
    } catch (error) {
      return this.#broke(error)
    }
  }

  // An iterator that threw is over, and is not to be asked to return.
  #broke(error: unknown): never {
    this.#over = true
    throw error
  }

  #room(value: unknown): Promise<void> {
    this.#held = value
    return new Promise<void>((resolve, reject) => {
      const go = (then: () => void) => {
        this.#goOn = undefined
        this.#held = undefined
        then()
      }
      this.#goOn = { resolve: () => go(resolve), reject: (error) => go(() => reject(error)) }
    })
  }

  #put(value: unknown): boolean {
    try {
      return (this.#half as ItemsOut).put(value)
    } catch (error) {
      throw new UnsendableItem(error)
    }
  }

  #putAgain(): void {
    try {
      if (this.#put(this.#held)) this.sent()
    } catch (error) {
      this.#goOn?.reject(error)
    }
  }

  async #return(): Promise<boolean> {
    try {
      await this.#iterator.return?.()
      return true
    } catch {
      // What its cleaning up throws has nobody left to hear it.
      return false
    }
  }
}

interface AnyIterator {
  next(): IteratorResult<unknown> | PromiseLike<IteratorResult<unknown>>
  return?(): unknown
}

function iteratorOf(items: Items<unknown>): AnyIterator {
  const source = items as Partial<Sources> | undefined
  // Not every platform's streams can be iterated.
  if (typeof source?.getReader === 'function') return readerOf(items as ReadableStream<unknown>)
  const iterator = source?.[Symbol.asyncIterator]?.() ?? source?.[Symbol.iterator]?.()
  if (iterator === undefined) throw new TypeError('items must be an iterable, an async iterable or a stream')
  return iterator
}

interface Sources {
  [Symbol.asyncIterator](): AnyIterator
  [Symbol.iterator](): AnyIterator
  getReader: unknown
}

function readerOf(stream: ReadableStream<unknown>): AnyIterator {
  const reader = stream.getReader()
  return {
    next: () => reader.read() as Promise<IteratorResult<unknown>>,
    return: () => reader.cancel(),
  }
}

export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && typeof (value as PromiseLike<unknown>).then === 'function'
}

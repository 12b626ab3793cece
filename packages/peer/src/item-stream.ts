import type { Items } from './item-pump.ts'
import type { CallOptions } from './outgoing-call.ts'

/** What the maker of a stream call may say about it. A deadline covers the whole stream, so there is none by default. */
export interface StreamOptions extends Omit<CallOptions, 'key' | 'timeoutMs'> {
  /** Time for the whole stream, waiting for a connection included, in ms; 0 means no limit. @default 0 */
  readonly timeoutMs?: number | undefined
}

/** With what is to be sent. */
export interface SendOptions<Item> extends StreamOptions {
  /** Sent one by one, as the other side has room for them. An iterator's `return` is called when the call ends early. */
  readonly items: Items<Item>
}

/** How a stream ends, for whoever reads, writes or only watches. */
export interface StreamEnd<Output> {
  /** What the other side returned, or how the call failed. It may be left alone: a rejection nobody waits for is no error. */
  readonly result: Promise<Output>
  /** Gives up the call: the other side's `signal` is aborted, and its generator's `finally` runs. */
  cancel(reason?: unknown): void
  [Symbol.dispose](): void
  /** Gives up the call, and waits until it has settled here. */
  [Symbol.asyncDispose](): Promise<void>
}

/**
 * What a procedure yields, to loop over once. It is called at once; its items wait for the loop, and when as many wait as
 * there is room for, the other side waits. Leaving the loop gives up the call.
 */
export interface ItemStream<Item, Output> extends StreamEnd<Output>, AsyncIterableIterator<Item, Output> {
  return(): Promise<IteratorResult<Item, Output>>
  throw(error: unknown): Promise<IteratorResult<Item, Output>>
  [Symbol.asyncIterator](): ItemStream<Item, Output>
  /** The same items as a stream of the platform, instead of a loop. Cancelling it gives up the call. */
  readonly readable: ReadableStream<Item>
}

/** What a procedure accepts, to be written one by one. */
export interface ItemWriter<Item, Output> extends StreamEnd<Output> {
  /**
   * Sends one item. Resolves when there is room for the next, so await it. Until then the item must not be changed.
   * Rejects when the call is over: with its error, or with `cancelled` when it was answered before the end.
   */
  write(item: Item): Promise<void>
  /** Says that there are no more items. Gives the result. */
  end(): Promise<Output>
  /** As `cancel`. */
  abort(reason?: unknown): void
  /** The same as a stream of the platform; closing it waits for the result. */
  readonly writable: WritableStream<Item>
}

/** A stream in both directions. */
export interface DuplexStream<Sent, Received, Output> extends ItemStream<Received, Output>, ItemWriter<Sent, Output> {
  [Symbol.asyncIterator](): DuplexStream<Sent, Received, Output>
}

/** Only what its views need of a stream. */
type Readable = Pick<ItemStream<unknown, unknown>, 'next' | 'cancel'>
type Writable = Pick<ItemWriter<unknown, unknown>, 'write' | 'end' | 'cancel'>

/** The items of a stream as a stream of the platform, which takes none before it is read. */
export function readableOf(stream: Readable): ReadableStream<unknown> {
  return new ReadableStream<unknown>(
    {
      async pull(controller) {
        const { done, value } = await stream.next()
        if (done === true) controller.close()
        else controller.enqueue(value)
      },
      cancel: (reason) => stream.cancel(reason),
    },
    // The stream has a window of its own: another buffer would only hide it.
    { highWaterMark: 0 },
  )
}

/** What takes items as a stream of the platform: a write waits as `write` does, closing it for the result. */
export function writableOf(stream: Writable): WritableStream<unknown> {
  return new WritableStream<unknown>({
    write: (item) => stream.write(item),
    async close() {
      await stream.end()
    },
    abort: (reason) => stream.cancel(reason),
  })
}

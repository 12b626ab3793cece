import type { MethodEntry } from '@wirepact/contract'
import { type ItemSink, type ItemsIn, type ItemsOut, type Session, WirepactError } from '@wirepact/protocol'
import { ItemPump, type Items, type Outlet, UnsendableItem } from './item-pump.ts'
import { type DuplexStream, readableOf, type SendOptions, type StreamOptions, writableOf } from './item-stream.ts'
import { ItemWriterOutlet, type WriterOwner } from './item-writer.ts'
import type { CallStream, OutgoingCall } from './outgoing-call.ts'
import { type Taker, ValueQueue } from './value-queue.ts'

/** Makes calls that have items. */
export interface StreamCaller {
  /** Makes the call, and lets its stream know what becomes of it. Never throws. */
  stream(entry: MethodEntry, input: unknown, options: StreamOptions | undefined, stream: CallStream): OutgoingCall
}

/**
 * Calls a streaming procedure. What it gives depends on what flows: a stream to read, one to write, both, or (when the
 * items were given) only the promise of the result.
 */
export function openStream(
  caller: StreamCaller,
  entry: MethodEntry,
  input: unknown,
  options: Partial<SendOptions<unknown>> | undefined,
): unknown {
  const call = new StreamCall(entry, options?.items)
  call.make(caller, input, options)
  return entry.kind === 'accepts' && options?.items !== undefined ? call.result : call
}

function ignore(): void {}

/** The caller's end of one stream, whatever sessions come and go until it was sent. */
class StreamCall implements CallStream, ItemSink, Taker, WriterOwner, DuplexStream<unknown, unknown, unknown> {
  readonly result: Promise<unknown>
  readonly #entry: MethodEntry
  readonly #queue: ValueQueue<unknown> | undefined
  readonly #outlet: Outlet | undefined
  #resolve: (output: unknown) => void = ignore
  #reject: (error: unknown) => void = ignore
  #call: OutgoingCall | undefined
  #session: Session | undefined
  #in: ItemsIn | undefined
  #out: ItemsOut | undefined
  #readable: ReadableStream<unknown> | undefined
  #writable: WritableStream<unknown> | undefined

  constructor(entry: MethodEntry, items: Items<unknown> | undefined) {
    this.#entry = entry
    this.#queue = entry.kind === 'accepts' ? undefined : new ValueQueue<unknown>(this)
    this.#outlet = entry.kind === 'yields' ? undefined : this.#outletFor(items)
    this.result = new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
    // Whoever reads the items hears of a failure there.
    if (!(entry.kind === 'accepts' && items !== undefined)) this.result.catch(ignore)
  }

  make(caller: StreamCaller, input: unknown, options: StreamOptions | undefined): void {
    this.#call = caller.stream(this.#entry, input, options, this)
  }

  begin(session: Session, id: number, call: OutgoingCall): void {
    const { streams } = session
    if (streams === undefined) return call.giveUp(new TypeError('this side was made without streams'))
    this.#session = session
    streams.calls++
    if (this.#entry.kind !== 'accepts') this.#in = streams.read(id, true, this)
    if (this.#outlet === undefined) return
    this.#out = streams.send(id, false, this.#outlet)
    this.#outlet.begin(this.#out)
  }

  leave(): void {
    this.#release()
  }

  succeed(output: unknown): void {
    this.#release()
    this.#outlet?.stop()
    this.#queue?.finish(undefined, output)
    this.#resolve(output)
  }

  fail(error: unknown): void {
    this.#release()
    // Whoever gives up wants no more of what has come, either.
    if (error instanceof WirepactError && error.code === 'cancelled') this.#queue?.clear()
    this.#outlet?.stop(error)
    this.#queue?.finish(error)
    this.#reject(error)
  }

  item(value: unknown, size: number): void {
    this.#queue?.push(value, size)
  }

  took(size: number): void {
    this.#in?.take(size)
  }

  // Its result follows; that is the end.
  ended(): void {}

  next(): Promise<IteratorResult<unknown>> {
    return this.#items.take()
  }

  // Whoever waits for an item meanwhile hears that there are no more, as from a generator; not that it was cancelled.
  return(): Promise<IteratorResult<unknown>> {
    this.#queue?.abandon()
    this.cancel()
    return this.#items.take()
  }

  async throw(error: unknown): Promise<IteratorResult<unknown>> {
    this.cancel(error)
    await this.return()
    throw error
  }

  write(item: unknown): Promise<void> {
    return this.#writer.write(item)
  }

  end(): Promise<unknown> {
    this.#writer.end()
    return this.result
  }

  cancel(reason?: unknown): void {
    this.#call?.giveUp(reason)
  }

  abort(reason?: unknown): void {
    this.cancel(reason)
  }

  get readable(): ReadableStream<unknown> {
    this.#readable ??= readableOf(this)
    return this.#readable
  }

  get writable(): WritableStream<unknown> {
    this.#writable ??= writableOf(this)
    return this.#writable
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  [Symbol.dispose](): void {
    this.cancel()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.cancel()
    await this.result.catch(() => {})
  }

  get #items(): ValueQueue<unknown> {
    if (this.#queue !== undefined) return this.#queue
    throw new TypeError(`${this.#entry.name} yields no items: it only accepts them`)
  }

  get #writer(): ItemWriterOutlet {
    if (this.#outlet instanceof ItemWriterOutlet) return this.#outlet
    throw new TypeError(`${this.#entry.name} takes no items here: it accepts none, or was given them in its options`)
  }

  #outletFor(items: Items<unknown> | undefined): Outlet {
    if (items === undefined) return new ItemWriterOutlet(this.#entry.name, this)
    return new ItemPump(items, (done) =>
      done.then(
        () => this.#out?.end(),
        (error) => this.refused(error instanceof UnsendableItem ? error.cause : error),
      ),
    )
  }

  // What cannot be sent, or what the application's own iterator threw: the other side gets no more, so it is told.
  refused(error: unknown): void {
    const { name } = this.#entry
    const isOurs = error instanceof WirepactError
    this.#call?.giveUp(
      error,
      isOurs ? error : new WirepactError('cancelled', `the items of ${name} threw`, { cause: error }),
    )
  }

  // What has come may still be read. It counts no more, for it may as well never be: the other streams would wait.
  #release(): void {
    const { streams } = this.#session ?? {}
    if (streams !== undefined) streams.calls--
    this.#session = undefined
    this.#in?.close()
    this.#out?.close()
    this.#in = undefined
    this.#out = undefined
  }
}

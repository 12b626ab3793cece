import { type DuplexStream, readableOf, writableOf } from '@wirepact/peer'

type AnyStream = DuplexStream<unknown, unknown, unknown>

/** A stream before what carries it has been fetched: it passes everything on, in order, as soon as that is there. */
export function deferredStream(opened: Promise<unknown>): AnyStream {
  const stream = opened as Promise<AnyStream>
  const result = stream.then((each) => each.result)
  result.catch(() => {})
  let readable: ReadableStream<unknown> | undefined
  let writable: WritableStream<unknown> | undefined
  const cancel = (reason?: unknown) => void stream.then((each) => each.cancel(reason), ignore)
  return {
    result,
    next: () => stream.then((each) => each.next()),
    return: () => stream.then((each) => each.return()),
    throw: (error) => stream.then((each) => each.throw(error)),
    write: (item) => stream.then((each) => each.write(item)),
    end: () => stream.then((each) => each.end()),
    cancel,
    abort: cancel,
    // Made over this one: a pipe between would take items that nobody asked for, and hide what became of them.
    get readable() {
      readable ??= readableOf(this)
      return readable
    },
    get writable() {
      writable ??= writableOf(this)
      return writable
    },
    [Symbol.asyncIterator]() {
      return this
    },
    [Symbol.dispose]: cancel,
    [Symbol.asyncDispose]: () => stream.then((each) => each[Symbol.asyncDispose](), ignore),
  }
}

// `result` says why a stream could not be opened.
function ignore(): void {}

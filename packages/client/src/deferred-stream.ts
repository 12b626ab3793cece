import type { DuplexStream } from '@wirepact/peer'

type AnyStream = DuplexStream<unknown, unknown, unknown>

/** A stream before what carries it has been fetched: it passes everything on, in order, as soon as that is there. */
export function deferredStream(opened: Promise<unknown>): AnyStream {
  const stream = opened as Promise<AnyStream>
  const result = stream.then((each) => each.result)
  result.catch(() => {})
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
    get readable() {
      const through = new TransformStream<unknown, unknown>(undefined, undefined, { highWaterMark: 0 })
      stream.then((each) => each.readable.pipeTo(through.writable)).catch(ignore)
      return through.readable
    },
    get writable() {
      const through = new TransformStream<unknown, unknown>()
      stream.then((each) => through.readable.pipeTo(each.writable)).catch(ignore)
      return through.writable
    },
    [Symbol.asyncIterator]() {
      return this
    },
    [Symbol.dispose]: cancel,
    [Symbol.asyncDispose]: () => stream.then((each) => each[Symbol.asyncDispose](), ignore),
  }
}

// Both ends of a pipe hear of its failure by themselves, and `result` says why a stream could not be opened.
function ignore(): void {}

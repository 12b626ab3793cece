import { constants, createDeflateRaw, createInflateRaw, type DeflateRaw, type InflateRaw } from 'node:zlib'

/** What one zlib object is made with. */
export interface ZlibSettings {
  readonly windowBits: number
  /** Of a compressor. 1–9 */
  readonly level: number
  /** Of a compressor. 1–9 */
  readonly memLevel: number
}

/** The synchronous half of a zlib object of Node.js. */
interface Native {
  writeSync(
    flush: number,
    input: Uint8Array,
    inputAt: number,
    inputBytes: number,
    output: Uint8Array,
    outputAt: number,
    outputBytes: number,
  ): void
}

interface Inside {
  readonly _handle?: Native | null
  /** Output room left, input left. */
  readonly _writeState?: Uint32Array
}

const { Z_SYNC_FLUSH } = constants

/** For objects that are kept. */
const SMALL_CHUNK_BYTES = 16 * 1024
/** For objects that one message is worth: it takes 1.2 ms to inflate 1.6 MB, and 1.9 in chunks of 16 KiB. */
export const LARGE_CHUNK_BYTES = 64 * 1024

/**
 * One zlib stream, for many messages, at once or in Node's thread pool.
 *
 * The documented API compresses at once only with a new object for each message (11 µs for 1 KiB of JSON) and keeps an
 * object only behind a stream (113 µs). The object below the stream does both in 4.4 µs, 1 µs with context takeover. It
 * is not documented, but as old as zlib in Node.js, and npm itself stands on it (minizlib). Where it is missing,
 * `isDirect` is false and everything goes through the stream.
 */
export class ZlibObject {
  readonly #stream: (DeflateRaw | InflateRaw) & Inside
  readonly #state: Uint32Array

  /** @param chunkBytes the output of one trip to the thread pool; the memory is held from the start */
  constructor(
    kind: 'deflate' | 'inflate',
    { windowBits, level, memLevel }: ZlibSettings,
    chunkBytes = SMALL_CHUNK_BYTES,
  ) {
    // Every write is flushed to a byte boundary: there is one for each message.
    const flush = { flush: Z_SYNC_FLUSH, finishFlush: Z_SYNC_FLUSH, chunkSize: chunkBytes }
    this.#stream =
      kind === 'inflate'
        ? createInflateRaw({ ...flush, windowBits })
        : createDeflateRaw({ ...flush, windowBits: compressorBits(windowBits), level, memLevel })
    this.#state = this.#stream._writeState ?? new Uint32Array(2)
    // Told by `broken` and by the callbacks of writes; without a listener it would end the process.
    this.#stream.on('error', ignore)
  }

  get isDirect(): boolean {
    return typeof this.#stream._handle?.writeSync === 'function' && this.#stream._writeState !== undefined
  }

  /** It met data that is no DEFLATE, or was given up. */
  get broken(): boolean {
    return this.#stream.destroyed
  }

  /** Of the last `write`: bytes of input it did not take, because the output was full or the DEFLATE stream had ended. */
  get inputLeft(): number {
    return this.#state[1]!
  }

  /** @returns bytes written; when that fills the output up to `outputEnd` there may be more, even without more input */
  write(input: Uint8Array, start: number, end: number, output: Uint8Array, outputEnd: number, outputAt = 0): number {
    const room = outputEnd - outputAt
    this.#stream._handle!.writeSync(Z_SYNC_FLUSH, input, start, end - start, output, outputAt, room)
    return room - this.#state[0]!
  }

  /** Forget everything written so far. */
  reset(): void {
    if (!this.broken) this.#stream.reset()
  }

  /**
   * Write in the thread pool. Broken afterwards when the output went above its limit. A DEFLATE stream that ended here
   * cannot be begun again: take a new object.
   * @returns bytes of input it took: fewer than given when the DEFLATE stream had ended
   */
  writeLater(input: Uint8Array, output: Collected): Promise<number> {
    const stream = this.#stream
    const before = stream.bytesWritten
    const onPart = (part: Uint8Array): void => {
      if (!output.add(part)) stream.destroy()
    }
    stream.on('data', onPart)
    return new Promise((resolve) => {
      const finish = (): void => {
        stream.off('data', onPart)
        stream.off('close', finish)
        resolve(stream.bytesWritten - before)
      }
      // A write that meets bad data never calls back; the stream is closed then.
      stream.on('close', finish)
      stream.write(input, finish)
    })
  }

  close(): void {
    this.#stream.destroy()
  }
}

/** Output of the thread pool, up to a limit. */
export class Collected {
  readonly limitBytes: number
  #parts: Uint8Array[] = []
  #bytes = 0

  constructor(limitBytes: number) {
    this.limitBytes = limitBytes
  }

  /** There was more than the limit; what was collected is gone. */
  get overflowed(): boolean {
    return this.#bytes > this.limitBytes
  }

  /** @returns false above the limit */
  add(part: Uint8Array): boolean {
    this.#bytes += part.length
    if (this.overflowed) this.#parts = []
    else this.#parts.push(part)
    return !this.overflowed
  }

  whole(): Uint8Array {
    const whole = new Uint8Array(this.#bytes)
    let at = 0
    for (const part of this.#parts) {
      whole.set(part, at)
      at += part.length
    }
    return whole
  }
}

function ignore(): void {}

/**
 * zlib makes no raw compressor for 8 bits: its search needs 262 bytes of look-ahead inside the window. For the same reason
 * a compressor for 9 bits never refers back further than 512 − 262 = 250 bytes, which a window of 8 bits can hold.
 */
function compressorBits(windowBits: number): number {
  return Math.max(9, windowBits)
}

/**
 * One object for all messages that refer to no other message, whatever connection they belong to. Synchronous work never
 * overlaps, so one is enough, and an idle connection costs nothing.
 */
export class SharedObject {
  readonly #kind: 'deflate' | 'inflate'
  readonly #settings: ZlibSettings
  #object: ZlibObject | undefined

  constructor(kind: 'deflate' | 'inflate', settings: ZlibSettings) {
    this.#kind = kind
    this.#settings = settings
  }

  take(): ZlibObject {
    this.#object ??= new ZlibObject(this.#kind, this.#settings)
    return this.#object
  }

  /** After each use. It is reset here, so that nothing of a message stays where another connection's comes next. */
  giveBack(): void {
    if (this.#object?.broken === true) this.#object = undefined
    else this.#object?.reset()
  }
}

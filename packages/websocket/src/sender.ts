import { ApplyQueue } from './apply-queue.ts'
import { MisuseError } from './errors.ts'
import type { Extension } from './extension.ts'
import { BINARY, CLOSE, FIN, headBytes, MASKED, TEXT, writeHead } from './frame.ts'
import { type MaskBlock, Masker, type MaskSource, maskCopy } from './mask.ts'
import type { OutputBuffer } from './output-buffer.ts'
import type { Utf8Encoder } from './utf8.ts'

/** Below this many bytes a loop copies faster than a view and `set`. */
const LOOP_BELOW_BYTES = 64
/** From here on a payload that may be kept goes out as a chunk of its own instead of being copied. */
const UNCOPIED_FROM_BYTES = 16 * 1024
/** Up to here room for the worst case is reserved; longer texts are measured first. */
const MEASURED_FROM_UNITS = 4 * 1024

export interface SenderOptions {
  readonly output: OutputBuffer
  /** Where masking keys come from; undefined on a server, which MUST NOT mask (RFC 6455 section 5.1). */
  readonly masks: MaskSource | undefined
  readonly maskBlock: MaskBlock | undefined
  readonly extension: Extension | undefined
  /** Something was written that no call led to: the extension answered later. */
  readonly onProgress: () => void
  readonly utf8: Utf8Encoder
}

/** Messages to bytes: writes frames straight into the output buffer. It knows nothing of states or limits. */
export class Sender {
  readonly #output: OutputBuffer
  readonly #masks: MaskSource | undefined
  /** Messages on their way through the extension; undefined without one. */
  readonly #queue: ApplyQueue | undefined
  readonly #utf8: Utf8Encoder
  readonly #masker: Masker | undefined

  constructor(options: SenderOptions) {
    this.#output = options.output
    this.#masks = options.masks
    this.#queue = options.extension && new ApplyQueue(options.extension, this, options.onProgress)
    this.#utf8 = options.utf8
    this.#masker = options.masks === undefined ? undefined : new Masker(options.maskBlock)
  }

  /** Messages go through an extension. */
  get extends(): boolean {
    return this.#queue !== undefined
  }

  /** Nothing waits for the extension: all that was given is in the output. */
  get idle(): boolean {
    return this.#queue?.busy !== true
  }

  /** Bytes of messages that wait for the extension, as given. */
  get heldBytes(): number {
    return this.#queue === undefined ? 0 : this.#queue.heldBytes
  }

  /** One message as one frame. `given`: the bytes are the connection's now and will not change. */
  message(bytes: Uint8Array, start: number, end: number, isText: boolean, given: boolean): void {
    if (this.#queue !== undefined) this.#queue.message(bytes, start, end, isText, given)
    else this.frame(FIN | (isText ? TEXT : BINARY), bytes, start, end, given)
  }

  /** The close frame, after all messages that still wait. */
  close(body: Uint8Array): void {
    if (this.#queue !== undefined) this.#queue.inTurn(FIN | CLOSE, body)
    else this.frame(FIN | CLOSE, body, 0, body.length, false)
  }

  /** Write nothing of what waits for the extension. */
  drop(): void {
    this.#queue?.drop()
  }

  /** The connection is over. */
  end(): void {
    this.#queue?.close()
  }

  /** One message from a string, encoded where it will be sent from. */
  text(text: string): void {
    if (this.#queue !== undefined && !this.#queue.passes(text.length * 3)) {
      const bytes = new Uint8Array(this.#utf8.byteLength(text))
      this.#utf8.write(text, bytes, 0)
      this.message(bytes, 0, bytes.length, true, true)
      return
    }
    const units = text.length
    const room = units < MEASURED_FROM_UNITS ? units * 3 : this.#utf8.byteLength(text)
    const masked = this.#masks !== undefined
    const at = this.#output.reserve(headBytes(room, masked) + room)
    const target = this.#output.bytes
    // Most text is ASCII: leave the room its header needs, and move the text in the rare case that it was wrong.
    const guess = at + headBytes(units, masked)
    const size = this.#utf8.write(text, target, guess)
    const from = at + headBytes(size, masked)
    if (from !== guess) target.copyWithin(from, guess, guess + size)
    const afterHead = writeHead(target, at, FIN | TEXT, masked ? MASKED : 0, size)
    if (this.#masks !== undefined) {
      const key = this.#masks()
      writeKey(target, afterHead, key)
      this.#masker!.mask(target, from, from + size, key)
    }
    this.#output.commit(from + size)
  }

  /** Any frame: `b0` is its first byte. */
  frame(b0: number, bytes: Uint8Array, start: number, end: number, given: boolean): void {
    if (this.#masks !== undefined) this.#maskedFrame(this.#masks(), b0, bytes, start, end)
    else if (given && end - start >= UNCOPIED_FROM_BYTES) this.#uncopiedFrame(b0, bytes, start, end)
    else {
      const size = end - start
      const at = this.#output.reserve(headBytes(size, false) + size)
      const target = this.#output.bytes
      const payload = writeHead(target, at, b0, 0, size)
      copy(bytes, start, end, target, payload)
      this.#output.commit(payload + size)
    }
  }

  /** Bytes that are already frames. They may be shared between connections, so they are never changed. */
  prepared(frames: Uint8Array, borrowed = false): void {
    if (this.#queue?.busy === true) {
      this.#queue.inTurn(0, borrowed ? frames.slice() : frames)
      return
    }
    const size = frames.length
    if (size >= UNCOPIED_FROM_BYTES && !borrowed) {
      this.#output.append(frames)
      return
    }
    const at = this.#output.reserve(size)
    copy(frames, 0, size, this.#output.bytes, at)
    this.#output.commit(at + size)
  }

  #uncopiedFrame(b0: number, bytes: Uint8Array, start: number, end: number): void {
    const size = end - start
    const at = this.#output.reserve(headBytes(size, false))
    this.#output.commit(writeHead(this.#output.bytes, at, b0, 0, size))
    this.#output.append(size === bytes.length ? bytes : bytes.subarray(start, end))
  }

  #maskedFrame(key: number, b0: number, bytes: Uint8Array, start: number, end: number): void {
    const size = end - start
    const at = this.#output.reserve(headBytes(size, true) + size)
    const target = this.#output.bytes
    const afterHead = writeHead(target, at, b0, MASKED, size)
    writeKey(target, afterHead, key)
    const payload = afterHead + 4
    if (size < LOOP_BELOW_BYTES) maskCopy(bytes, start, end, target, payload, key)
    else {
      copy(bytes, start, end, target, payload)
      this.#masker!.mask(target, payload, payload + size, key)
    }
    this.#output.commit(payload + size)
  }

  /** Let go of the chunk masked last. */
  release(): void {
    this.#masker?.release()
  }
}

/**
 * A server's frame for one message, ready to be sent to any number of clients: encoded once, header included.
 * Only a server can do this, since every client frame needs a masking key of its own.
 * @throws {MisuseError} when the range is not inside the bytes
 */
export function prepareFrame(bytes: Uint8Array, start = 0, end = bytes.length, isText = false): Uint8Array {
  if (!(start >= 0 && start <= end && end <= bytes.length)) throw new MisuseError('range is not inside the bytes')
  const size = end - start
  const frame = new Uint8Array(headBytes(size, false) + size)
  frame.set(bytes.subarray(start, end), writeHead(frame, 0, FIN | (isText ? TEXT : BINARY), 0, size))
  return frame
}

function copy(from: Uint8Array, start: number, end: number, to: Uint8Array, at: number): void {
  if (end - start < LOOP_BELOW_BYTES) {
    let o = at
    for (let i = start; i < end; i++) to[o++] = from[i]!
  } else if (start === 0 && end === from.length) to.set(from, at)
  else to.set(from.subarray(start, end), at)
}

function writeKey(bytes: Uint8Array, at: number, key: number): void {
  bytes[at] = key >>> 24
  bytes[at + 1] = (key >>> 16) & 0xff
  bytes[at + 2] = (key >>> 8) & 0xff
  bytes[at + 3] = key & 0xff
}

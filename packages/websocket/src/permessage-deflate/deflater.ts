/**
 * The port to a DEFLATE library (RFC 1951). The core negotiates, frames, orders and bounds; it does not compress.
 */
import type { ApplyDone, LATER, UndoDone, Undone } from '../extension.ts'

/** Makes the two halves of one connection. */
export interface Deflater {
  /** Size in bytes from which `compress` may answer later. Infinity for never. */
  readonly laterFromBytes: number
  /**
   * @param windowBits distances must be at most 2^windowBits, 8–15
   * @param takeover one message may refer to those before it
   */
  compressor(windowBits: number, takeover: boolean): Compressor
  /** The window and the memory of the peer's compressor. */
  decompressor(windowBits: number, takeover: boolean): Decompressor
}

export interface Compressor {
  /**
   * One message as DEFLATE blocks, flushed to a byte boundary with an empty stored block: the last four bytes are
   * 00 00 FF FF. The result is borrowed until the next call; what `done` gets is given away.
   */
  compress(bytes: Uint8Array, start: number, end: number, done: ApplyDone): Uint8Array | typeof LATER
  /** Forget the messages so far: the next one refers to none of them. Without takeover there is nothing to forget. */
  forget(): void
  close(): void
}

export interface Decompressor {
  /**
   * The plain bytes of one message; the four bytes that every message lacks at its end are not in the range. Stops and
   * answers with a violation as soon as there are more than `limitBytes`.
   */
  decompress(bytes: Uint8Array, start: number, end: number, limitBytes: number, done: UndoDone): Undone | typeof LATER
  close(): void
}

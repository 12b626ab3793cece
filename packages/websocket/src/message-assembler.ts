import type { Allocate } from './allocate.ts'

/** The first buffer is at least this large, so that tiny fragments do not grow it again and again. */
const SMALLEST_BYTES = 256
/** Up to here a buffer is made as large as the frame says. */
const TRUSTED_BYTES = 64 * 1024
const NOTHING = new Uint8Array(0)

/**
 * Collects a message that does not lie in one piece in one chunk: fragments, or a payload that straddles chunks.
 *
 * One buffer that grows, not a list of pieces: 131,000 one-byte fragments cost 13 MiB as a list of views and 0.13 MiB
 * here. What is retained is bounded by what has really arrived (twice that, or 64 KiB); a declared length can make the
 * buffer smaller, never larger.
 */
export class MessageAssembler {
  readonly #allocate: Allocate
  #buffer: Uint8Array | undefined
  #length = 0

  constructor(allocate: Allocate) {
    this.#allocate = allocate
  }

  /** Bytes collected so far. */
  get length(): number {
    return this.#length
  }

  /** Bytes of memory held, for whoever keeps a budget. */
  get retainedBytes(): number {
    return this.#buffer === undefined ? 0 : this.#buffer.length
  }

  /** The collected bytes are `bytes[0 … length)`. */
  get bytes(): Uint8Array {
    return this.#buffer ?? NOTHING
  }

  /**
   * Copy a range to the end.
   * @param expectedBytes how long the message will be as far as the current frame tells; an upper bound, not a demand
   */
  append(bytes: Uint8Array, start: number, end: number, expectedBytes: number): void {
    const size = end - start
    if (size === 0) return
    const buffer = this.#room(this.#length + size, expectedBytes)
    if (size < 64) {
      let at = this.#length
      for (let i = start; i < end; i++) buffer[at++] = bytes[i]!
    } else {
      buffer.set(bytes.subarray(start, end), this.#length)
    }
    this.#length += size
  }

  /**
   * Forget the message. The memory stays for the next one, which may begin in the same chunk, until `release`.
   */
  clear(): void {
    this.#length = 0
  }

  /**
   * Hand over the memory of a message that is over, if these are its bytes and they fill at least half of it.
   * @returns the range as a view whose memory is not touched here again, or undefined
   */
  giveAway(bytes: Uint8Array, start: number, end: number): Uint8Array | undefined {
    if (bytes !== this.#buffer || this.#length > 0 || (end - start) * 2 < bytes.length) return undefined
    this.#buffer = undefined
    return start === 0 && end === bytes.length ? bytes : bytes.subarray(start, end)
  }

  /** Let go of the memory of messages that are over. */
  release(): void {
    if (this.#length === 0) this.#buffer = undefined
  }

  #room(needed: number, expectedBytes: number): Uint8Array {
    const old = this.#buffer
    if (old !== undefined && old.length >= needed) return old
    const generous = Math.max(needed * 2, TRUSTED_BYTES)
    // Without a longer frame in sight (small fragments) the buffer doubles from what has arrived.
    const wanted = expectedBytes > needed ? Math.min(expectedBytes, generous) : needed * 2
    const grown = this.#allocate(Math.max(wanted, SMALLEST_BYTES))
    if (old !== undefined) grown.set(old.subarray(0, this.#length))
    this.#buffer = grown
    return grown
  }
}

/**
 * XOR with the 4-byte masking key (RFC 6455 section 5.3).
 *
 * A key is one 32-bit integer, its first byte in the highest 8 bits, so that "the key from byte n on" is a rotation and
 * a payload can be unmasked in pieces. Three versions of the same loop: by byte (the oracle of the tests), unrolled
 * (fastest below about 48 bytes) and by 32-bit words (ten times faster at 64 KiB). A platform that has a faster way with
 * large blocks injects it (`MaskBlock`).
 */

/** From this many bytes on, the word loop beats the unrolled one. */
const WORDS_FROM_BYTES = 48

/** From this many bytes on, an injected `MaskBlock` is worth its call. */
const BLOCK_FROM_BYTES = 2 * 1024

/** XORs a range in place, as `maskNaive` does, in the platform's fastest way. Only called for large ranges. */
export type MaskBlock = (bytes: Uint8Array, start: number, end: number, key: number) => void

/** Source of masking keys: each call returns 32 unpredictable bits. */
export type MaskSource = () => number

// RFC 6455 section 5.3: "The masking key needs to be unpredictable ... MUST NOT make it simple for a server/proxy to
// predict the masking key for a subsequent frame." One draw of 8 KiB costs about as much as one draw of 4 bytes.
const POOL_BYTES = 8 * 1024

/**
 * Keys drawn from a pool, refilled when it runs out.
 * @param fill fills the array with bytes from a strong source, such as `crypto.getRandomValues`
 */
export function maskPool(fill: (bytes: Uint8Array) => void): MaskSource {
  let keys: Int32Array | undefined
  let at = 0
  return () => {
    // Allocated on the first draw: making a pool costs nothing until a client sends.
    if (keys === undefined || at === keys.length) {
      keys ??= new Int32Array(POOL_BYTES / 4)
      fill(new Uint8Array(keys.buffer))
      at = 0
    }
    const key = keys[at] as number
    // A used key is wiped, so that a copy of this memory does not tell the keys that went out.
    keys[at++] = 0
    return key
  }
}

/** The key as it stands after `bytes` bytes of payload. */
export function rotateKey(key: number, bytes: number): number {
  const bits = (bytes & 3) << 3
  // A shift by 32 is a shift by 0 in JavaScript, which makes the case of no rotation come out right.
  return (key << bits) | (key >>> (32 - bits))
}

/** The obvious loop. Kept as the oracle the fast ones are tested against. */
export function maskNaive(bytes: Uint8Array, start: number, end: number, key: number): void {
  for (let i = start; i < end; i++) {
    bytes[i] = bytes[i]! ^ ((key >>> (24 - (((i - start) & 3) << 3))) & 0xff)
  }
}

/** Unrolled by four; no view, no allocation. */
export function maskSmall(bytes: Uint8Array, start: number, end: number, key: number): void {
  const k0 = key >>> 24
  const k1 = (key >>> 16) & 0xff
  const k2 = (key >>> 8) & 0xff
  const k3 = key & 0xff
  const last = end - 3
  let i = start
  for (; i < last; i += 4) {
    bytes[i] = bytes[i]! ^ k0
    bytes[i + 1] = bytes[i + 1]! ^ k1
    bytes[i + 2] = bytes[i + 2]! ^ k2
    bytes[i + 3] = bytes[i + 3]! ^ k3
  }
  if (i < end) bytes[i] = bytes[i]! ^ k0
  if (i + 1 < end) bytes[i + 1] = bytes[i + 1]! ^ k1
  if (i + 2 < end) bytes[i + 2] = bytes[i + 2]! ^ k2
}

/** Copy and mask in one pass: what a client does with a small payload. */
export function maskCopy(from: Uint8Array, start: number, end: number, to: Uint8Array, at: number, key: number): void {
  const k0 = key >>> 24
  const k1 = (key >>> 16) & 0xff
  const k2 = (key >>> 8) & 0xff
  const k3 = key & 0xff
  const last = end - 3
  let i = start
  let o = at
  for (; i < last; i += 4, o += 4) {
    to[o] = from[i]! ^ k0
    to[o + 1] = from[i + 1]! ^ k1
    to[o + 2] = from[i + 2]! ^ k2
    to[o + 3] = from[i + 3]! ^ k3
  }
  if (i < end) to[o] = from[i]! ^ k0
  if (i + 1 < end) to[o + 1] = from[i + 1]! ^ k1
  if (i + 2 < end) to[o + 2] = from[i + 2]! ^ k2
}

const LITTLE_ENDIAN = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1

function swapWord(word: number): number {
  return (word << 24) | ((word & 0xff00) << 8) | ((word >>> 8) & 0xff00) | (word >>> 24)
}

/** Unrolled by eight, which halves its time: the loop is bound by its checks, not by memory. */
function xorWords(words: Int32Array, first: number, last: number, word: number): void {
  const eights = last - 7
  let i = first
  for (; i < eights; i += 8) {
    words[i] = words[i]! ^ word
    words[i + 1] = words[i + 1]! ^ word
    words[i + 2] = words[i + 2]! ^ word
    words[i + 3] = words[i + 3]! ^ word
    words[i + 4] = words[i + 4]! ^ word
    words[i + 5] = words[i + 5]! ^ word
    words[i + 6] = words[i + 6]! ^ word
    words[i + 7] = words[i + 7]! ^ word
  }
  for (; i < last; i++) words[i] = words[i]! ^ word
}

const maskers = new Map<MaskBlock | undefined, Masker>()

/**
 * One masker for all connections that mask in this way: it only remembers something while one of them reads a chunk or
 * writes a frame, and an idle connection shall not pay for it.
 */
export function sharedMasker(block: MaskBlock | undefined): Masker {
  let masker = maskers.get(block)
  if (masker === undefined) {
    masker = new Masker(block)
    maskers.set(block, masker)
  }
  return masker
}

/**
 * Masks ranges of one byte array. It keeps the 32-bit view of the array between ranges, because making a view costs
 * more than masking a small payload, and one chunk from the network holds many.
 */
export class Masker {
  readonly #block: MaskBlock | undefined
  #bytes: Uint8Array | undefined
  #words: Int32Array | undefined
  /** Index in the bytes of the first word: the bytes may begin anywhere in their buffer, words only at multiples of 4. */
  #wordsAt = 0

  constructor(block?: MaskBlock) {
    this.#block = block
  }

  mask(bytes: Uint8Array, start: number, end: number, key: number): void {
    if (end - start < WORDS_FROM_BYTES) maskSmall(bytes, start, end, key)
    else if (end - start >= BLOCK_FROM_BYTES && this.#block !== undefined) this.#block(bytes, start, end, key)
    else this.#maskWords(bytes, start, end, key)
  }

  /** Let go of the last array, so that an idle connection does not keep a chunk alive. */
  release(): void {
    this.#bytes = undefined
    this.#words = undefined
  }

  #view(bytes: Uint8Array): Int32Array {
    if (this.#bytes === bytes && this.#words !== undefined) return this.#words
    this.#bytes = bytes
    this.#wordsAt = -bytes.byteOffset & 3
    const count = (bytes.length - this.#wordsAt) >> 2
    this.#words = new Int32Array(bytes.buffer, bytes.byteOffset + this.#wordsAt, count)
    return this.#words
  }

  #maskWords(bytes: Uint8Array, start: number, end: number, key: number): void {
    const words = this.#view(bytes)
    // Bytes up to the first whole word, the words, the bytes after the last.
    const head = start + ((this.#wordsAt - start) & 3)
    maskSmall(bytes, start, head, key)
    const rotated = rotateKey(key, head - start)
    const word = LITTLE_ENDIAN ? swapWord(rotated) : rotated
    const first = (head - this.#wordsAt) >> 2
    const last = first + ((end - head) >> 2)
    xorWords(words, first, last, word)
    maskSmall(bytes, head + ((last - first) << 2), end, rotated)
  }
}

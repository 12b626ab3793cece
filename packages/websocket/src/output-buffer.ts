import type { Allocate } from './allocate.ts'

const SMALLEST_BYTES = 256
const LARGEST_BYTES = 64 * 1024
/** What `take` hands over at once, at most: a transport shows how far it is only chunk by chunk. */
const LARGEST_TAKEN_BYTES = 256 * 1024

/** What every empty queue shares: an array of its own would be a cost of every idle connection. */
const NONE: Uint8Array[] = []

/**
 * Bytes on their way out, as a queue of chunks.
 *
 * Frames are written straight into the open chunk: no payload, then frame, then write. A chunk that is full is sealed
 * and the next one opened; nothing is ever moved. Taking a chunk hands over ownership: this buffer never touches it
 * again, so a transport may hold it for as long as it likes. An empty queue holds no memory at all.
 */
export class OutputBuffer {
  readonly #allocate: Allocate
  #sealed = NONE
  /** Chunks of `#sealed` already taken; an index instead of `shift`, which would move the rest. */
  #taken = 0
  #open: Uint8Array | undefined
  #length = 0
  #sealedBytes = 0
  /** Size of the next chunk, learnt from how much the last bursts wrote. */
  #chunkBytes = SMALLEST_BYTES
  /** Bytes written into chunks of our own (not appended) since everything was last taken. */
  #burstBytes = 0

  constructor(allocate: Allocate) {
    this.#allocate = allocate
  }

  /** Bytes waiting to be taken. */
  get pendingBytes(): number {
    return this.#sealedBytes + this.#length
  }

  /** The chunk that `reserve` made room in. Valid until the next call of any other method. */
  get bytes(): Uint8Array {
    return this.#open!
  }

  /** Make room for `size` bytes in one piece and return the index to write at. Nothing counts before `commit`. */
  reserve(size: number): number {
    const open = this.#open
    if (open !== undefined && open.length - this.#length >= size) return this.#length
    if (this.#length > 0) {
      this.#seal()
      // A burst that overflows a chunk is likely to go on.
      if (this.#chunkBytes < LARGEST_BYTES) this.#chunkBytes *= 2
    }
    this.#open = this.#allocate(Math.max(size, this.#chunkBytes))
    return 0
  }

  /** Everything up to `end`, an index in `bytes`, is written. */
  commit(end: number): void {
    this.#length = end
  }

  /** Queue bytes as a chunk of their own, uncopied. The caller gives them away. */
  append(chunk: Uint8Array): void {
    if (this.#length > 0) this.#seal()
    this.#enqueue(chunk)
  }

  /** The next chunk, or undefined when nothing is pending. */
  take(): Uint8Array | undefined {
    if (this.#taken < this.#sealed.length) return this.#takeSealed()
    if (this.#length === 0) return undefined
    if (this.#length > LARGEST_TAKEN_BYTES) {
      this.#seal()
      return this.#takeSealed()
    }
    const chunk = this.#openChunk()
    this.#learn()
    return chunk
  }

  /** Drop everything that was not taken. */
  clear(): void {
    this.#sealed = NONE
    this.#taken = 0
    this.#sealedBytes = 0
    this.#open = undefined
    this.#length = 0
    this.#burstBytes = 0
  }

  #takeSealed(): Uint8Array {
    const chunk = this.#sealed[this.#taken]!
    if (chunk.length > LARGEST_TAKEN_BYTES) {
      this.#sealed[this.#taken] = chunk.subarray(LARGEST_TAKEN_BYTES)
      this.#sealedBytes -= LARGEST_TAKEN_BYTES
      return chunk.subarray(0, LARGEST_TAKEN_BYTES)
    }
    this.#taken++
    this.#sealedBytes -= chunk.length
    if (this.#taken === this.#sealed.length) {
      this.#sealed = NONE
      this.#taken = 0
    }
    return chunk
  }

  #seal(): void {
    const chunk = this.#openChunk()
    this.#enqueue(chunk)
  }

  #enqueue(chunk: Uint8Array): void {
    if (this.#sealed === NONE) this.#sealed = []
    this.#sealed.push(chunk)
    this.#sealedBytes += chunk.length
  }

  #openChunk(): Uint8Array {
    const open = this.#open!
    const chunk = this.#length === open.length ? open : open.subarray(0, this.#length)
    this.#burstBytes += this.#length
    this.#open = undefined
    this.#length = 0
    return chunk
  }

  /** Shrink by halves: one quiet flush does not make a busy connection start small again. */
  #learn(): void {
    if (this.#burstBytes * 4 < this.#chunkBytes && this.#chunkBytes > SMALLEST_BYTES) this.#chunkBytes /= 2
    this.#burstBytes = 0
  }
}

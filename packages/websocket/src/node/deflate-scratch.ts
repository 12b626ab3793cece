import { allocate } from './platform.ts'

/**
 * Memory for the work of one synchronous call, the same for all connections. Nothing in it outlives the call, so calls
 * cannot meet in it.
 */
export class Scratch {
  #bytes: Uint8Array | undefined

  /** At least this many bytes, of any content. */
  of(bytes: number): Uint8Array {
    if (this.#bytes === undefined || this.#bytes.length < bytes) this.#bytes = allocate(bytes)
    return this.#bytes
  }
}

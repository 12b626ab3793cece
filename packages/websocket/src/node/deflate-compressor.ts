import { type ApplyDone, LATER } from '../extension.ts'
import type { Compressor } from '../permessage-deflate/deflater.ts'
import type { Lease, ZlibLeases } from './deflate-leases.ts'
import { Collected, LARGE_CHUNK_BYTES, ZlibObject, type ZlibSettings } from './deflate-object.ts'
import { Scratch } from './deflate-scratch.ts'
import { inTurn } from './deflate-turns.ts'

/** What every flush ends with, and the transform takes away again. */
const TAIL_BYTES = 4

const scratch = new Scratch()

/** The sending half of a connection, by zlib. */
export class ZlibCompressor implements Compressor {
  readonly #settings: ZlibSettings
  readonly #leases: ZlibLeases
  readonly #takeover: boolean
  readonly #laterFromBytes: number
  #lease: Lease | undefined
  #closed = false

  constructor(settings: ZlibSettings, leases: ZlibLeases, takeover: boolean, laterFromBytes: number) {
    this.#settings = settings
    this.#leases = leases
    this.#takeover = takeover
    this.#laterFromBytes = laterFromBytes
  }

  compress(bytes: Uint8Array, start: number, end: number, done: ApplyDone): Uint8Array | typeof LATER {
    const size = end - start
    if (size >= this.#laterFromBytes) {
      // The peer will have this message in its window, and the compressor of the others will not.
      this.forget()
      // `done` is called when the turn has passed on: what it leads to may take long.
      void inTurn(() => this.#later(bytes, start, end)).then(done)
      return LATER
    }
    // A result that fills this room is not smaller than the message, whatever the rest of it would have been.
    const room = size + TAIL_BYTES
    const output = scratch.of(room)
    this.#lease = this.#leases.of(this, this.#lease)
    const length = this.#lease.object.write(bytes, start, end, output, room)
    if (!this.#takeover) this.#lease.object.reset()
    return output.subarray(0, length)
  }

  forget(): void {
    if (this.#lease?.owner === this) this.#lease.object.reset()
  }

  close(): void {
    this.#closed = true
    this.forget()
    if (this.#lease?.owner === this) this.#lease.owner = undefined
    this.#lease = undefined
  }

  /** By an object of its own: making one takes 30 µs, little beside a message that is worth a thread. */
  async #later(bytes: Uint8Array, start: number, end: number): Promise<Uint8Array | undefined> {
    if (this.#closed) return undefined
    const object = new ZlibObject('deflate', this.#settings, LARGE_CHUNK_BYTES)
    const output = new Collected(Number.POSITIVE_INFINITY)
    await object.writeLater(bytes.subarray(start, end), output)
    object.close()
    return output.whole()
  }
}

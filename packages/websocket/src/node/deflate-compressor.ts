import { type ApplyDone, LATER } from '../extension.ts'
import type { Compressor } from '../permessage-deflate/deflater.ts'
import { Collected, type SharedObject, ZlibObject, type ZlibSettings } from './deflate-object.ts'
import { Scratch } from './deflate-scratch.ts'
import { inTurn } from './deflate-turns.ts'

/** What every flush ends with, and the transform takes away again. */
const TAIL_BYTES = 4

const scratch = new Scratch()

/** The sending half of a connection, by zlib. */
export class ZlibCompressor implements Compressor {
  readonly #settings: ZlibSettings
  readonly #shared: SharedObject | undefined
  readonly #laterFromBytes: number
  /** With takeover: the object that remembers what was sent. */
  #own: ZlibObject | undefined
  #closed = false

  /** @param shared the object of all connections without takeover; undefined for one of its own, with takeover */
  constructor(settings: ZlibSettings, shared: SharedObject | undefined, laterFromBytes: number) {
    this.#settings = settings
    this.#shared = shared
    this.#laterFromBytes = laterFromBytes
  }

  compress(bytes: Uint8Array, start: number, end: number, done: ApplyDone): Uint8Array | typeof LATER {
    const size = end - start
    if (size >= this.#laterFromBytes) {
      // Called when the turn has passed on: what `done` leads to may take long.
      void inTurn(() => this.#later(bytes, start, end)).then(done)
      return LATER
    }
    // A result that fills this room is not smaller than the message, whatever the rest of it would have been.
    const room = size + TAIL_BYTES
    const output = scratch.of(room)
    const object = this.#shared?.take() ?? this.#remembering()
    const length = object.write(bytes, start, end, output, room)
    this.#shared?.giveBack()
    return output.subarray(0, length)
  }

  forget(): void {
    this.#own?.reset()
  }

  close(): void {
    this.#closed = true
    this.#own?.close()
  }

  #remembering(): ZlibObject {
    this.#own ??= new ZlibObject('deflate', this.#settings)
    return this.#own
  }

  async #later(bytes: Uint8Array, start: number, end: number): Promise<Uint8Array | undefined> {
    if (this.#closed) return undefined
    // Making an object takes 30 µs, little beside a message that is worth a thread.
    const object = this.#shared === undefined ? this.#remembering() : new ZlibObject('deflate', this.#settings)
    const output = new Collected(Number.POSITIVE_INFINITY)
    await object.writeLater(bytes.subarray(start, end), output)
    if (this.#shared !== undefined) object.close()
    return output.whole()
  }
}

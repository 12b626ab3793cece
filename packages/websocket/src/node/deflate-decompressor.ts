import { VIOLATIONS } from '../errors.ts'
import { LATER, type UndoDone, type Undone } from '../extension.ts'
import type { Decompressor } from '../permessage-deflate/deflater.ts'
import { Collected, LARGE_CHUNK_BYTES, type SharedObject, ZlibObject, type ZlibSettings } from './deflate-object.ts'
import { Scratch } from './deflate-scratch.ts'
import { inTurn } from './deflate-turns.ts'
import { allocate } from './platform.ts'

/** Output begins in the scratch memory, and moves out of it when a message is larger. */
const FIRST_OUTPUT_BYTES = 64 * 1024

/** RFC 7692 section 7.2.2: "Append 4 octets of 0x00 0x00 0xff 0xff to the tail end of the payload". */
const TAIL = Uint8Array.of(0, 0, 0xff, 0xff)

/**
 * Without takeover the message is followed by a last, empty block, and one byte more. A message that is complete ends the
 * DEFLATE stream there, and the byte is left over; one that was cut short takes it. With takeover this cannot be asked: a
 * DEFLATE stream that has ended has forgotten its window.
 */
const TAIL_AND_END = Uint8Array.of(0, 0, 0xff, 0xff, 1, 0, 0, 0xff, 0xff, 0)

/**
 * RFC 7692 section 7.2.1 lets blocks with BFINAL stand anywhere in a message; the next one begins at the next byte. zlib
 * then has to begin anew, which costs more than the two bytes of such a block: hence a bound. What it remembered of earlier
 * messages is lost; senders that end their stream lose it too, and a reference into it is found and refused.
 */
const MOST_ENDS = 64

const inputScratch = new Scratch()
const outputScratch = new Scratch()

/**
 * The receiving half of a connection, by zlib. What comes out is counted while it comes out: a message of 16 KiB that
 * would inflate to 16 MiB is given up on within one step of the limit.
 */
export class ZlibDecompressor implements Decompressor {
  readonly #settings: ZlibSettings
  readonly #shared: SharedObject | undefined
  readonly #laterFromBytes: number
  readonly #ending: Uint8Array
  /** With takeover: the object that remembers what came. */
  #own: ZlibObject | undefined
  #closed = false

  /** @param shared the object of all connections without takeover; undefined for one of its own, with takeover */
  constructor(settings: ZlibSettings, shared: SharedObject | undefined, laterFromBytes: number) {
    this.#settings = settings
    this.#shared = shared
    this.#laterFromBytes = laterFromBytes
    this.#ending = shared === undefined ? TAIL : TAIL_AND_END
  }

  decompress(bytes: Uint8Array, start: number, end: number, limitBytes: number, done: UndoDone): Undone | typeof LATER {
    if (end - start >= this.#laterFromBytes) {
      void inTurn(() => this.#later(bytes.subarray(start, end), limitBytes)).then(done)
      return LATER
    }
    const object = this.#shared?.take() ?? this.#remembering()
    const result = this.#now(object, bytes, start, end, limitBytes)
    this.#shared?.giveBack()
    return result
  }

  close(): void {
    this.#closed = true
    this.#own?.close()
  }

  #remembering(): ZlibObject {
    this.#own ??= new ZlibObject('inflate', this.#settings)
    return this.#own
  }

  #now(object: ZlibObject, bytes: Uint8Array, start: number, end: number, limitBytes: number): Undone {
    const ending = this.#ending
    const size = end - start
    const inputEnd = size + ending.length
    const input = inputScratch.of(inputEnd)
    input.set(bytes.subarray(start, end))
    input.set(ending, size)
    let output = outputScratch.of(FIRST_OUTPUT_BYTES)
    let at = 0
    let length = 0
    let ends = 0
    for (;;) {
      length += object.write(input, at, inputEnd, output, output.length, length)
      if (object.broken) return VIOLATIONS.compressed
      if (length > limitBytes) return VIOLATIONS.messageTooLarge
      const left = object.inputLeft
      at = inputEnd - left
      if (length === output.length) output = grown(output, length, limitBytes)
      else if (left === 0) return ending === TAIL ? owned(output, length) : VIOLATIONS.compressedShort
      else if (left === 1 && ending === TAIL_AND_END) return owned(output, length)
      else {
        object.reset()
        if (left === ending.length) return owned(output, length)
        if (++ends > MOST_ENDS) return VIOLATIONS.compressed
      }
    }
  }

  /** The same in the thread pool. An object that ended cannot be begun again there, so it is replaced. */
  async #later(payload: Uint8Array, limitBytes: number): Promise<Undone> {
    const output = new Collected(limitBytes)
    let object = this.#fresh()
    let input = payload
    let inEnding = false
    for (let ends = 0; ends <= MOST_ENDS; ) {
      if (this.#closed) break
      const taken = await object.writeLater(input, output)
      if (output.overflowed) return VIOLATIONS.messageTooLarge
      if (object.broken) break
      const left = input.length - taken
      if (left === 0 && !inEnding) {
        input = this.#ending
        inEnding = true
        continue
      }
      const ended = left > 0
      if (ended || this.#shared !== undefined) this.#retire(object)
      if (inEnding) {
        // Without takeover all is well when the stream ended at the end, or with the payload before it.
        const complete = this.#shared === undefined ? left === 0 || taken === 0 : taken === 0 || left === 1
        return complete ? output.whole() : VIOLATIONS.compressedShort
      }
      object = this.#fresh()
      input = input.subarray(taken)
      ends++
    }
    this.#retire(object)
    return VIOLATIONS.compressed
  }

  #fresh(): ZlibObject {
    if (this.#shared === undefined) return this.#remembering()
    return new ZlibObject('inflate', this.#settings, LARGE_CHUNK_BYTES)
  }

  #retire(object: ZlibObject): void {
    object.close()
    if (this.#own === object) this.#own = undefined
  }
}

function grown(full: Uint8Array, length: number, limitBytes: number): Uint8Array {
  const larger = allocate(Math.min(full.length * 2, Math.max(limitBytes + 1, full.length + 1)))
  larger.set(full.subarray(0, length))
  return larger
}

/** The scratch memory is for this call; the message is its consumer's. */
function owned(output: Uint8Array, length: number): Uint8Array {
  if (length > FIRST_OUTPUT_BYTES) return output.subarray(0, length)
  const own = allocate(length)
  own.set(output.subarray(0, length))
  return own
}

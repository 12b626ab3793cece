import { type Applied, type ApplyDone, type Extension, LATER, type UndoDone, type Undone } from '../extension.ts'
import type { Compressor, Decompressor, Deflater } from './deflater.ts'
import type { DeflateAgreement } from './parameters.ts'

/** RFC 7692 section 7.2.1: "Remove 4 octets (that are 0x00 0x00 0xff 0xff) from the tail end." */
const TAIL_BYTES = 4

const NOTHING = new Uint8Array(0)

/**
 * permessage-deflate on one connection (RFC 7692 section 7.2), over an injected deflater. Both halves are made when they
 * are first needed: a connection that sends and receives nothing large costs nothing.
 */
export class PerMessageDeflate implements Extension {
  /** Section 7: the extension uses RSV1. */
  readonly bit = 0x40
  readonly fromBytes: number
  readonly laterFromBytes: number
  readonly #deflater: Deflater
  readonly #agreement: DeflateAgreement
  #compressor: Compressor | undefined
  #decompressor: Decompressor | undefined
  /** The one message being compressed later: who waits for it, and its size. */
  #waiting: ApplyDone | undefined
  #plainBytes = 0

  constructor(deflater: Deflater, agreement: DeflateAgreement, thresholdBytes: number) {
    this.#deflater = deflater
    this.#agreement = agreement
    // An empty message cannot become smaller; and zlib flushes nothing at all after a flush with nothing in between.
    this.fromBytes = Math.max(1, thresholdBytes)
    this.laterFromBytes = deflater.laterFromBytes
  }

  apply(bytes: Uint8Array, start: number, end: number, _isText: boolean, done: ApplyDone): Applied | typeof LATER {
    const size = end - start
    if (size < this.fromBytes) return undefined
    const { sendWindowBits, sendTakeover } = this.#agreement
    this.#compressor ??= this.#deflater.compressor(sendWindowBits, sendTakeover)
    const blocks = this.#compressor.compress(bytes, start, end, this.#later)
    if (blocks !== LATER) return this.#judge(blocks, size)
    this.#waiting = done
    this.#plainBytes = size
    return LATER
  }

  undo(bytes: Uint8Array, start: number, end: number, limitBytes: number, done: UndoDone): Undone | typeof LATER {
    // Section 7.2.3.6 makes an empty message one octet of 0. Senders whose zlib flushed nothing send none; there is one
    // thing they can mean.
    if (start === end) return NOTHING
    const { receiveWindowBits, receiveTakeover } = this.#agreement
    this.#decompressor ??= this.#deflater.decompressor(receiveWindowBits, receiveTakeover)
    return this.#decompressor.decompress(bytes, start, end, limitBytes, done)
  }

  close(): void {
    this.#compressor?.close()
    this.#decompressor?.close()
    this.#compressor = undefined
    this.#decompressor = undefined
    this.#waiting = undefined
  }

  readonly #later: ApplyDone = (blocks) => {
    const done = this.#waiting
    this.#waiting = undefined
    // Closed meanwhile: nobody waits.
    done?.(blocks === undefined ? undefined : this.#judge(blocks, this.#plainBytes))
  }

  /** The payload, or undefined when compressing has not made it smaller. */
  #judge(blocks: Uint8Array, plainBytes: number): Uint8Array | undefined {
    const size = blocks.length - TAIL_BYTES
    if (size < plainBytes) return blocks.subarray(0, size)
    // The peer will not see this message in its window, so no later one may refer to it.
    this.#compressor!.forget()
    return undefined
  }
}

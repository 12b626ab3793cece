import { deflateRawSync } from 'node:zlib'

// Written the plain way and independently of every subject: these bytes are what all of them are measured with.

export const CLIENT_KEY = 'dGhlIHNhbXBsZSBub25jZQ=='
const MASK = Buffer.from([0x9d, 0x2b, 0x51, 0x0e])

/** One whole message as one frame, masked when a client sends it. */
export function frameOf(payload: Buffer, masked: boolean, compressed: boolean): Buffer {
  const body = compressed ? deflated(payload) : payload
  // FIN and the opcode: text for the JSON that is compressed (and RSV1, which says so), binary for the rest.
  const head = [compressed ? 0xc1 : 0x82]
  const bit = masked ? 0x80 : 0
  if (body.length < 126) head.push(bit | body.length)
  else if (body.length < 0x10000) head.push(bit | 126, body.length >> 8, body.length & 0xff)
  else
    head.push(
      bit | 127,
      0,
      0,
      0,
      0,
      body.length >>> 24,
      (body.length >> 16) & 255,
      (body.length >> 8) & 255,
      body.length & 255,
    )
  if (!masked) return Buffer.concat([Buffer.from(head), body])
  return Buffer.concat([Buffer.from(head), MASK, body.map((byte, i) => byte ^ MASK[i & 3]!)])
}

/** RFC 7692 section 7.2.1: without the 00 00 ff ff that ends a flush. It leans on no earlier message. */
function deflated(payload: Buffer): Buffer {
  const whole = deflateRawSync(payload, { finishFlush: 2 /* Z_SYNC_FLUSH */ })
  return whole.subarray(0, -4)
}

/**
 * Counts the frames of a byte stream by their headers, without looking at payloads: what a subject makes of a message may
 * be longer or shorter each time when it compresses.
 */
export class FrameCounter {
  frames = 0
  #head = Buffer.alloc(14)
  #headBytes = 0
  #payloadLeft = 0

  push(chunk: Buffer): void {
    let at = 0
    while (at < chunk.length) {
      if (this.#payloadLeft > 0) {
        const step = Math.min(this.#payloadLeft, chunk.length - at)
        this.#payloadLeft -= step
        at += step
        if (this.#payloadLeft === 0) this.frames++
        continue
      }
      this.#head[this.#headBytes++] = chunk[at++]!
      const length = this.#lengthOf()
      if (length === undefined) continue
      this.#headBytes = 0
      this.#payloadLeft = length
      if (length === 0) this.frames++
    }
  }

  #lengthOf(): number | undefined {
    if (this.#headBytes < 2) return undefined
    const second = this.#head[1]!
    const form = second & 0x7f
    const extended = form < 126 ? 0 : form === 126 ? 2 : 8
    if (this.#headBytes < 2 + extended + (second & 0x80 ? 4 : 0)) return undefined
    if (extended === 0) return form
    return extended === 2 ? this.#head.readUInt16BE(2) : this.#head.readUInt32BE(6)
  }
}

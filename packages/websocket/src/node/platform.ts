/** The parts of Node.js that the pure core wants injected. */
import { Buffer } from 'node:buffer'
import { randomFillSync } from 'node:crypto'
import { type MaskSource, maskPool, maskSmall, rotateKey } from '../mask.ts'
import { type Utf8Encoder, writeUtf8 } from '../utf8.ts'

/** Below this many characters a loop in JavaScript is faster than crossing into C++. */
const LOOP_BELOW_UNITS = 24

/** From Node's pool, not zeroed; as a plain view, so that the core only ever meets one kind of byte array. */
export function allocate(bytes: number): Uint8Array {
  const { buffer, byteOffset } = Buffer.allocUnsafe(bytes)
  return new Uint8Array(buffer, byteOffset, bytes)
}

export function fillRandom(bytes: Uint8Array): void {
  randomFillSync(bytes)
}

const LITTLE_ENDIAN = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1

/**
 * By 64-bit words, which V8 compiles to plain machine words: twice as fast as by 32 bits, and as fast as native code.
 * Other engines make an object of every BigInt, so this stays behind the door of Node.js.
 */
export function maskLongs(bytes: Uint8Array, start: number, end: number, key: number): void {
  const head = Math.min(end, start + (-(bytes.byteOffset + start) & 7))
  maskSmall(bytes, start, head, key)
  const count = (end - head) >> 3
  const rotated = rotateKey(key, head - start)
  // A view of nothing would still have to begin at a multiple of 8.
  if (count > 0) xorLongs(new BigUint64Array(bytes.buffer, bytes.byteOffset + head, count), keyPair(rotated))
  maskSmall(bytes, head + count * 8, end, rotated)
}

/** Room for a key. One for all: another for each key would cost more than masking a few KiB. */
const PAIR = new DataView(new ArrayBuffer(8))

/** The key twice, as these bytes stand in memory when they are read as one number. */
function keyPair(key: number): bigint {
  PAIR.setInt32(0, key)
  PAIR.setInt32(4, key)
  return PAIR.getBigUint64(0, LITTLE_ENDIAN)
}

function xorLongs(longs: BigUint64Array, key: bigint): void {
  const fours = longs.length - 3
  let i = 0
  for (; i < fours; i += 4) {
    longs[i] = longs[i]! ^ key
    longs[i + 1] = longs[i + 1]! ^ key
    longs[i + 2] = longs[i + 2]! ^ key
    longs[i + 3] = longs[i + 3]! ^ key
  }
  for (; i < longs.length; i++) longs[i] = longs[i]! ^ key
}

let sharedMasks: MaskSource | undefined

/** One pool of masking keys for all clients of the process. */
export function processMasks(): MaskSource {
  sharedMasks ??= maskPool(fillRandom)
  return sharedMasks
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
}

/** Node's own coders on a plain view, without making a Buffer first. Undocumented, so they may be missing one day. */
const { utf8Slice, utf8Write } = Buffer.prototype as {
  utf8Slice?: (this: Uint8Array, start: number, end: number) => string
  utf8Write?: (this: Uint8Array, text: string, at: number, bytes: number) => number
}

export const NODE_UTF8: Utf8Encoder = {
  byteLength: (text) => Buffer.byteLength(text),
  write(text, bytes, at) {
    if (text.length < LOOP_BELOW_UNITS) return writeUtf8(text, bytes, at)
    if (utf8Write === undefined) return asBuffer(bytes).write(text, at, 'utf8')
    return utf8Write.call(bytes, text, at, bytes.length - at)
  },
}

/** The text of a message that `message` called text: valid UTF-8, so nothing is replaced. */
export function decodeText(bytes: Uint8Array, start: number, end: number): string {
  return utf8Slice === undefined ? asBuffer(bytes).toString('utf8', start, end) : utf8Slice.call(bytes, start, end)
}

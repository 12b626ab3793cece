/** The parts of Node.js that the pure core wants injected. */
import { Buffer } from 'node:buffer'
import { randomFillSync } from 'node:crypto'
import { type MaskSource, maskPool } from '../mask.ts'
import { type Utf8Encoder, writeUtf8 } from '../utf8.ts'

/** Below this many characters a loop in JavaScript is faster than crossing into C++. */
const LOOP_BELOW_UNITS = 24

export function allocate(bytes: number): Uint8Array {
  return Buffer.allocUnsafe(bytes)
}

export function fillRandom(bytes: Uint8Array): void {
  randomFillSync(bytes)
}

let sharedMasks: MaskSource | undefined

/** One pool of masking keys for all clients of the process. */
export function processMasks(): MaskSource {
  sharedMasks ??= maskPool(fillRandom)
  return sharedMasks
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
}

export const NODE_UTF8: Utf8Encoder = {
  byteLength: (text) => Buffer.byteLength(text),
  write(text, bytes, at) {
    return text.length < LOOP_BELOW_UNITS ? writeUtf8(text, bytes, at) : asBuffer(bytes).write(text, at, 'utf8')
  },
}

/** The text of a message that `message` called text: valid UTF-8, so nothing is replaced. */
export function decodeText(bytes: Uint8Array, start: number, end: number): string {
  return asBuffer(bytes).toString('utf8', start, end)
}

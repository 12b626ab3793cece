/** Where reading stands in a message. */
export interface Cursor {
  bytes: Uint8Array
  at: number
  end: number
}

/** What {@link readVarint} returns instead of a number. */
export const varintFault = { truncated: -1, tooLarge: -2, notMinimal: -3 } as const

/** 2^53 − 1 in eight bytes: seven of 7 bits, and 4 bits in the last. */
const maxBytes = 8
const maxLastByte = 0x0f

/**
 * Reads an unsigned LEB128 number up to 2^53 − 1 and moves the cursor past it, or returns one of {@link varintFault}.
 *
 * Bits above the 28th are added by multiplication: bitwise operators see 32 bits only.
 */
export function readVarint(cursor: Cursor): number {
  const { bytes, end } = cursor
  let at = cursor.at
  if (at >= end) return varintFault.truncated
  let byte = bytes[at++] as number
  let value = byte & 0x7f
  let scale = 128
  for (let count = 1; byte >= 0x80; count++) {
    if (count === maxBytes) return varintFault.tooLarge
    if (at >= end) return varintFault.truncated
    byte = bytes[at++] as number
    // "A varint MUST have its minimal length": a last byte of zero would add nothing.
    if (byte === 0) return varintFault.notMinimal
    if (count === maxBytes - 1 && byte > maxLastByte) return varintFault.tooLarge
    value += (byte & 0x7f) * scale
    scale *= 128
  }
  cursor.at = at
  return value
}

/** Writes a number from 0 to 2^53 − 1 and returns the index after it; there must be room. */
export function writeVarint(bytes: Uint8Array, at: number, value: number): number {
  while (value > 0x7fff_ffff) {
    bytes[at++] = (value % 128) | 0x80
    value = Math.floor(value / 128)
  }
  while (value > 0x7f) {
    bytes[at++] = (value & 0x7f) | 0x80
    value >>>= 7
  }
  bytes[at++] = value
  return at
}

/** Bytes that {@link writeVarint} needs. */
export function varintSize(value: number): number {
  let size = 1
  for (let rest = value; rest > 0x7f; rest = Math.floor(rest / 128)) size++
  return size
}

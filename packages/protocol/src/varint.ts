/** Where reading stands in a message. */
export interface Cursor {
  bytes: Uint8Array
  at: number
  end: number
}

/** 2^53 − 1 in eight bytes: seven of 7 bits, and 4 bits in the last. */
const maxBytes = 8
const maxLastByte = 0x0f

/**
 * Reads an unsigned LEB128 number up to 2^53 − 1 and moves the cursor past it. Returns −1 when it ends too soon, is too
 * large, or is not as short as it could be.
 *
 * Bits above the 28th are added by multiplication: bitwise operators see 32 bits only.
 */
export function readVarint(cursor: Cursor): number {
  const { bytes, end } = cursor
  let at = cursor.at
  let value = 0
  let scale = 1
  for (let count = 1; at < end && count <= maxBytes; count++) {
    const byte = bytes[at++] as number
    value += (byte & 0x7f) * scale
    scale *= 128
    if (byte >= 0x80) continue
    // "A varint must have its minimal length": a last byte of zero would add nothing.
    if ((byte === 0 && count > 1) || (count === maxBytes && byte > maxLastByte)) return -1
    cursor.at = at
    return value
  }
  return -1
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

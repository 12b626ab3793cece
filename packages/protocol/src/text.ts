/** Transcoders between strings and UTF-8, as the platform's TextEncoder and TextDecoder are. */
export interface TextCoder {
  /** Writes U+FFFD for half a surrogate pair, which a string may hold and UTF-8 may not. */
  encodeInto(text: string, into: Uint8Array): { written: number }
  /** Reads U+FFFD where the bytes are not UTF-8, and keeps a leading byte order mark. */
  decode(bytes: Uint8Array): string
}

/** Up to here a loop over ASCII wins over a call into the platform (measured: 30 to 60 ns against 60 to 90). */
const loopUnits = 32
const loopBytes = 24

/** Writes a string in UTF-8 and returns the index after it. There must be room for three bytes per unit. */
export function writeUtf8(bytes: Uint8Array, start: number, text: string, coder: TextCoder): number {
  const { length } = text
  if (length <= loopUnits) {
    let index = 0
    for (; index < length; index++) {
      const unit = text.charCodeAt(index)
      if (unit > 0x7f) break
      bytes[start + index] = unit
    }
    if (index === length) return start + length
  }
  return start + coder.encodeInto(text, bytes.subarray(start)).written
}

// For each length one array, filled anew for each string of that length: `apply` then makes the string in one go.
const unitsOf: number[][] = []

/** Reads a string from UTF-8. */
export function readUtf8(bytes: Uint8Array, start: number, end: number, coder: TextCoder): string {
  const size = end - start
  if (size > loopBytes) return coder.decode(bytes.subarray(start, end))
  let units = unitsOf[size]
  if (units === undefined) {
    units = new Array<number>(size).fill(0)
    unitsOf[size] = units
  }
  for (let index = 0; index < size; index++) {
    const byte = bytes[start + index] as number
    if (byte > 0x7f) return coder.decode(bytes.subarray(start, end))
    units[index] = byte
  }
  return String.fromCharCode.apply(undefined, units)
}

/** Whether the bytes are those of the text, which is known to be ASCII. */
export function isAscii(text: string, bytes: Uint8Array, at: number): boolean {
  for (let index = 0; index < text.length; index++) if (text.charCodeAt(index) !== bytes[at + index]) return false
  return true
}

/** How many bytes of UTF-8 a string takes; half a surrogate pair counts as the U+FFFD that it becomes. */
export function utf8Size(text: string): number {
  let size = text.length
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index)
    if (unit < 0x80) continue
    // A pair is two units and four bytes; everything else from U+0800 on is one unit and three.
    const isPair = (unit & 0xfc00) === 0xd800 && (text.charCodeAt(index + 1) & 0xfc00) === 0xdc00
    if (isPair) index++
    size += isPair || unit > 0x7ff ? 2 : 1
  }
  return size
}

/** The string with U+FFFD in place of each lone surrogate. ES2024 has the method; our `lib` does not know it. */
export function wellFormed(text: string): string {
  return (text as unknown as { toWellFormed(): string }).toWellFormed()
}

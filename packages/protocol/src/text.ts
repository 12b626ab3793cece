// UTF-8 by loops for short strings, by the platform for long ones. A lone surrogate, which JavaScript strings may hold
// and UTF-8 may not, becomes U+FFFD on the way out; bytes that are not UTF-8 become U+FFFD on the way in.

/** Transcoders that are faster than a loop for long strings: TextEncoder and TextDecoder, handed in. */
export interface TextCoder {
  encodeInto(text: string, into: Uint8Array): { written: number }
  /** Keeps a leading byte order mark. */
  decode(bytes: Uint8Array): string
}

/** Up to here a loop wins over a call into the platform (measured: 30 to 60 ns against 60 to 90). */
const loopUnits = 32
const loopBytes = 24

/** Writes a string in UTF-8 and returns the index after it. There must be room for three bytes per unit. */
export function writeUtf8(bytes: Uint8Array, at: number, text: string, coder: TextCoder | undefined): number {
  if (text.length > loopUnits && coder !== undefined) return at + coder.encodeInto(text, bytes.subarray(at)).written
  return writeUtf8ByLoop(bytes, at, text)
}

function writeUtf8ByLoop(bytes: Uint8Array, start: number, text: string): number {
  let at = start
  for (let index = 0; index < text.length; index++) {
    let unit = text.charCodeAt(index)
    if (unit < 0x80) {
      bytes[at++] = unit
      continue
    }
    if (unit < 0x800) {
      bytes[at++] = 0xc0 | (unit >> 6)
    } else {
      if ((unit & 0xf800) === 0xd800) {
        const next = text.charCodeAt(index + 1)
        if (unit < 0xdc00 && (next & 0xfc00) === 0xdc00) {
          index++
          unit = 0x10000 + ((unit & 0x3ff) << 10) + (next & 0x3ff)
        } else {
          unit = 0xfffd
        }
      }
      if (unit > 0xffff) {
        bytes[at++] = 0xf0 | (unit >> 18)
        bytes[at++] = 0x80 | ((unit >> 12) & 0x3f)
      } else {
        bytes[at++] = 0xe0 | (unit >> 12)
      }
      bytes[at++] = 0x80 | ((unit >> 6) & 0x3f)
    }
    bytes[at++] = 0x80 | (unit & 0x3f)
  }
  return at
}

// For each length one array, filled anew for each string of that length: `apply` then makes the string in one go.
const unitsOf: number[][] = []

/** Reads a string from UTF-8. */
export function readUtf8(bytes: Uint8Array, start: number, end: number, coder: TextCoder | undefined): string {
  const size = end - start
  if (size > loopBytes) return coder?.decode(bytes.subarray(start, end)) ?? readUtf8ByLoop(bytes, start, end)
  let units = unitsOf[size]
  if (units === undefined) {
    units = new Array<number>(size).fill(0)
    unitsOf[size] = units
  }
  for (let index = 0; index < size; index++) {
    const byte = bytes[start + index] as number
    if (byte > 0x7f) return readUtf8ByLoop(bytes, start, end)
    units[index] = byte
  }
  return String.fromCharCode.apply(undefined, units)
}

function readUtf8ByLoop(bytes: Uint8Array, start: number, end: number): string {
  let text = ''
  let at = start
  while (at < end) {
    const first = bytes[at++] as number
    if (first < 0x80) {
      text += String.fromCharCode(first)
      continue
    }
    // How many bytes follow, and the least code point that needs that many: a shorter form would have been due.
    const more = first < 0xc0 ? 0 : first < 0xe0 ? 1 : first < 0xf0 ? 2 : first < 0xf8 ? 3 : 0
    const least = more === 1 ? 0x80 : more === 2 ? 0x800 : 0x10000
    let point = first & (0x3f >> more)
    let read = 0
    while (read < more && at + read < end && ((bytes[at + read] as number) & 0xc0) === 0x80)
      point = (point << 6) | ((bytes[at + read++] as number) & 0x3f)
    const good = more > 0 && read === more && point >= least && point <= 0x10ffff && (point & 0xfffff800) !== 0xd800
    text += good ? String.fromCodePoint(point) : '\ufffd'
    if (good) at += more
  }
  return text
}

/** The string with U+FFFD in place of each lone surrogate. ES2024 has the method; our `lib` does not know it. */
export function wellFormed(text: string): string {
  return (text as unknown as { toWellFormed(): string }).toWellFormed()
}

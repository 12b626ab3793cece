/**
 * Names as one token of a NATS subject. Names are data: `*`, `>`, `.` and spaces in them must never become wildcards or
 * more tokens, so everything but letters, digits, `-` and `_` is written as `=` and two hexadecimal digits for each byte
 * of its UTF-8. Two names never share a token: half a surrogate pair is written as the three bytes that its number
 * would have, which are the bytes of nothing else.
 */
export function token(name: string): string {
  if (plain.test(name)) return name
  let encoded = ''
  for (const character of name) {
    if (plain.test(character)) encoded += character
    else for (const byte of bytesOf(character.codePointAt(0)!)) encoded += `=${hex(byte)}`
  }
  return encoded
}

const plain = /^[A-Za-z0-9_-]+$/

function bytesOf(code: number): number[] {
  if (code < 0x80) return [code]
  const last = 0x80 | (code & 63)
  if (code < 0x800) return [0xc0 | (code >> 6), last]
  const middle = 0x80 | ((code >> 6) & 63)
  if (code < 0x10000) return [0xe0 | (code >> 12), middle, last]
  return [0xf0 | (code >> 18), 0x80 | ((code >> 12) & 63), middle, last]
}

function hex(byte: number): string {
  return byte.toString(16).toUpperCase().padStart(2, '0')
}

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'

/** RFC 4648 base64 with padding. */
export function toBase64(bytes: Uint8Array): string {
  let text = ''
  for (let at = 0; at < bytes.length; at += 3) {
    const rest = bytes.length - at
    const group = ((bytes[at] as number) << 16) | ((bytes[at + 1] ?? 0) << 8) | (bytes[at + 2] ?? 0)
    text += alphabet.charAt(group >> 18) + alphabet.charAt((group >> 12) & 63)
    text += rest > 1 ? alphabet.charAt((group >> 6) & 63) : '='
    text += rest > 2 ? alphabet.charAt(group & 63) : '='
  }
  return text
}

/** The bytes of a base64 text, or undefined when it is not exactly that: RFC 4648 with padding, no white space. */
export function fromBase64(text: string): Uint8Array | undefined {
  if (text.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(text)) return undefined
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0
  const bytes = new Uint8Array((text.length / 4) * 3 - padding)
  for (let at = 0, from = 0; at < bytes.length; at += 3, from += 4) {
    let group = 0
    // The alphabet has no '=', so that padding counts as −1, whose bits are masked out.
    for (let index = 0; index < 4; index++) group = (group << 6) | (alphabet.indexOf(text.charAt(from + index)) & 63)
    for (let index = 0; index < 3 && at + index < bytes.length; index++) bytes[at + index] = group >> (16 - index * 8)
  }
  return bytes
}

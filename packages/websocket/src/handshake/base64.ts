const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'

/** Base64 with padding (RFC 4648 section 4). */
export function base64(bytes: Uint8Array): string {
  let text = ''
  for (let i = 0; i < bytes.length; i += 3) {
    const left = bytes.length - i
    const group = (bytes[i]! << 16) | ((bytes[i + 1] ?? 0) << 8) | (bytes[i + 2] ?? 0)
    text += DIGITS.charAt(group >> 18) + DIGITS.charAt((group >> 12) & 63)
    text += left > 1 ? DIGITS.charAt((group >> 6) & 63) : '='
    text += left > 2 ? DIGITS.charAt(group & 63) : '='
  }
  return text
}

/** Is this the canonical base64 of exactly 16 bytes? 22 digits and two signs of padding. */
export function isBase64Of16(text: string): boolean {
  if (text.length !== 24 || !text.endsWith('==')) return false
  for (let i = 0; i < 22; i++) if (!DIGITS.includes(text.charAt(i))) return false
  return true
}

import { base64 } from './base64.ts'
import { sha1 } from './sha1.ts'

// RFC 6455 section 1.3.
const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11'

/** The `Sec-WebSocket-Accept` that answers a `Sec-WebSocket-Key`. */
export function acceptKey(key: string): string {
  const text = key + GUID
  const bytes = new Uint8Array(text.length)
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i)
  return base64(sha1(bytes))
}

/**
 * A new key. RFC 6455 section 4.1: "a nonce consisting of a randomly selected 16-byte value that has been
 * base64-encoded".
 * @param random fills the array with random bytes
 */
export function newKey(random: (bytes: Uint8Array) => void): string {
  const nonce = new Uint8Array(16)
  random(nonce)
  return base64(nonce)
}

import { rotateKey } from '../mask.ts'

/** Bytes from hex; spaces are for the reader. */
export function hex(text: string): Uint8Array {
  const digits = text.replaceAll(' ', '')
  return Uint8Array.from({ length: digits.length / 2 }, (_, i) => Number.parseInt(digits.slice(i * 2, i * 2 + 2), 16))
}

export function toHex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}

export function ascii(text: string): Uint8Array {
  return Uint8Array.from(text, (sign) => sign.charCodeAt(0))
}

export function concat(...parts: Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}

export interface FrameOptions {
  readonly fin?: boolean
  readonly rsv?: number
  /** 32 bits; undefined leaves the frame unmasked. */
  readonly key?: number | undefined
  /** Write the length in this many extra bytes, shortest form or not. */
  readonly lengthForm?: 0 | 2 | 8
}

/** A frame written the plain way, independently of the code under test. */
export function frame(opcode: number, payload: Uint8Array, options: FrameOptions = {}): Uint8Array {
  const { fin = true, rsv = 0, key } = options
  const form = options.lengthForm ?? (payload.length < 126 ? 0 : payload.length < 65536 ? 2 : 8)
  const mask = key === undefined ? 0 : 0x80
  const head = [(fin ? 0x80 : 0) | rsv | opcode, mask | (form === 0 ? payload.length : form === 2 ? 126 : 127)]
  for (let i = form - 1; i >= 0; i--) head.push(Math.floor(payload.length / 2 ** (8 * i)) % 256)
  if (key === undefined) return concat(Uint8Array.from(head), payload)
  for (let i = 0; i < 4; i++) head.push((key >>> (24 - 8 * i)) & 255)
  const masked = payload.map((byte, i) => byte ^ (rotateKey(key, i) >>> 24))
  return concat(Uint8Array.from(head), masked)
}

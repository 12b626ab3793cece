/**
 * The frame header (RFC 6455 section 5.2), read and written.
 *
 *   byte 0: FIN, RSV1–3, opcode (4 bits) · byte 1: MASK, length (7 bits) · 0, 2 or 8 more length bytes · 0 or 4 key bytes
 */
import { VIOLATIONS, type Violation } from './errors.ts'

export const FIN = 0x80
export const RESERVED_BITS = 0x70
export const MASKED = 0x80

export const CONTINUATION = 0x0
export const TEXT = 0x1
export const BINARY = 0x2
export const CLOSE = 0x8
export const PING = 0x9
export const PONG = 0xa

/** 2 bytes, 8 of extended length, 4 of masking key. */
export const MAX_HEAD_BYTES = 14
/** RFC 6455 section 5.5: "All control frames MUST have a payload length of 125 bytes or less". */
export const MAX_CONTROL_BYTES = 125

/** What has to be known to judge the first two bytes of a frame. */
export interface HeadRules {
  /** True for the server role: its peer is a client. */
  readonly expectMask: boolean
  /** The reserved bit claimed by the negotiated extension, or 0. */
  readonly extensionBit: number
}

const SERVER_RULES: HeadRules = { expectMask: true, extensionBit: 0 }
const CLIENT_RULES: HeadRules = { expectMask: false, extensionBit: 0 }

/** The rules of a role. Shared, since most connections have no extension. */
export function headRules(isServer: boolean, extensionBit: number): HeadRules {
  if (extensionBit !== 0) return { expectMask: isServer, extensionBit }
  return isServer ? SERVER_RULES : CLIENT_RULES
}

/**
 * Judge the first two bytes. The order is part of the contract: reserved bits, opcode, control rules, mask, fragments.
 * @param inMessage whether a fragmented message is open
 */
export function checkHead(b0: number, b1: number, rules: HeadRules, inMessage: boolean): Violation | undefined {
  const opcode = b0 & 0x0f
  const reserved = b0 & RESERVED_BITS
  if (reserved !== 0) {
    // Section 5.2: "MUST be 0 unless an extension is negotiated that defines meanings for non-zero values."
    if ((reserved & ~rules.extensionBit) !== 0) return VIOLATIONS.reservedBits
    // RFC 7692 section 6: the bit marks a message, so it stands on its first frame and never on a control frame.
    if (opcode >= CLOSE || opcode === CONTINUATION) return VIOLATIONS.reservedBitsOutOfPlace
  }
  // Section 5.2: "If an unknown opcode is received, the receiving endpoint MUST _Fail the WebSocket Connection_."
  if (opcode > PONG || (opcode > BINARY && opcode < CLOSE)) return VIOLATIONS.reservedOpcode
  if (opcode >= CLOSE) {
    // Section 5.5: "All control frames MUST have a payload length of 125 bytes or less and MUST NOT be fragmented."
    if (b0 < FIN) return VIOLATIONS.fragmentedControl
    if ((b1 & 0x7f) > MAX_CONTROL_BYTES) return VIOLATIONS.longControl
    // Section 5.5.1: "If there is a body, the first two bytes of the body MUST be a 2-byte unsigned integer".
    if (opcode === CLOSE && (b1 & 0x7f) === 1) return VIOLATIONS.closeTooShort
  }
  // Section 5.1: "a client MUST mask all frames that it sends to the server"; "A server MUST NOT mask any frames".
  if (b1 >= MASKED !== rules.expectMask) return rules.expectMask ? VIOLATIONS.notMasked : VIOLATIONS.masked
  if (opcode < CLOSE) {
    // Section 5.4: a message is one non-zero opcode, then continuations until FIN; messages are never interleaved.
    if (opcode === CONTINUATION) {
      if (!inMessage) return VIOLATIONS.continuationFirst
    } else if (inMessage) return VIOLATIONS.continuationExpected
  }
  return undefined
}

/** Bytes of extended length announced by the second byte: 0, 2 or 8. */
export function lengthBytes(b1: number): number {
  const length = b1 & 0x7f
  return length < 126 ? 0 : length === 126 ? 2 : 8
}

/**
 * The 64-bit length at `at`, high word first so that no arithmetic happens on a number that cannot be held.
 * @returns the length, or the violation
 */
export function readLength64(bytes: Uint8Array, at: number): number | Violation {
  const high = bytes[at]! * 0x1000000 + ((bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!)
  // Section 5.2: "the most significant bit MUST be 0".
  if (high >= 0x80000000) return VIOLATIONS.lengthHighBit
  // 4 GiB and more is above every limit that can be set.
  if (high > 0) return VIOLATIONS.frameTooLarge
  const low = bytes[at + 4]! * 0x1000000 + ((bytes[at + 5]! << 16) | (bytes[at + 6]! << 8) | bytes[at + 7]!)
  // Section 5.2: "the minimal number of bytes MUST be used to encode the length".
  return low < 0x10000 ? VIOLATIONS.lengthNotMinimal : low
}

/** Size of the header of a frame of our own. */
export function headBytes(payloadBytes: number, masked: boolean): number {
  const base = payloadBytes < 126 ? 2 : payloadBytes < 0x10000 ? 4 : 10
  return masked ? base + 4 : base
}

/**
 * Write a header at `at`, without the masking key.
 * @param b0 the first byte: FIN, extension bit and opcode
 * @param maskBit `MASKED` or 0
 * @returns the index after it
 */
export function writeHead(bytes: Uint8Array, at: number, b0: number, maskBit: number, payloadBytes: number): number {
  bytes[at] = b0
  if (payloadBytes < 126) {
    bytes[at + 1] = maskBit | payloadBytes
    return at + 2
  }
  if (payloadBytes < 0x10000) {
    bytes[at + 1] = maskBit | 126
    bytes[at + 2] = payloadBytes >> 8
    bytes[at + 3] = payloadBytes & 0xff
    return at + 4
  }
  bytes[at + 1] = maskBit | 127
  // Payloads are below 2 GiB, so the high word is 0.
  bytes.fill(0, at + 2, at + 6)
  bytes[at + 6] = payloadBytes >>> 24
  bytes[at + 7] = (payloadBytes >>> 16) & 0xff
  bytes[at + 8] = (payloadBytes >>> 8) & 0xff
  bytes[at + 9] = payloadBytes & 0xff
  return at + 10
}

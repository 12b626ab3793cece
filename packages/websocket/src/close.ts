import { MisuseError, VIOLATIONS, type Violation } from './errors.ts'
import { checkUtf8, readUtf8, UTF8_WHOLE, utf8Length, writeUtf8 } from './utf8.ts'

/** Close codes by name (RFC 6455 section 7.4.1 and the IANA registry). */
export const CloseCode = Object.freeze({
  normal: 1000,
  goingAway: 1001,
  protocolError: 1002,
  unsupportedData: 1003,
  /** Never on the wire: the close frame carried no code. */
  none: 1005,
  /** Never on the wire: the connection ended without a close frame. */
  abnormal: 1006,
  invalidData: 1007,
  policyViolation: 1008,
  tooBig: 1009,
  extensionRequired: 1010,
  internalError: 1011,
  serviceRestart: 1012,
  tryAgainLater: 1013,
  badGateway: 1014,
})

/** RFC 6455 section 5.5: a control frame carries at most 125 bytes; two of them are the code. */
export const MAX_REASON_BYTES = 123

/**
 * May this code stand in a close frame?
 *
 * RFC 6455 section 7.4.1 on 1005, 1006 and 1015: "is a reserved value and MUST NOT be set as a status code in a Close
 * control frame by an endpoint." 1004 is undefined; 0–999 are not used (7.4.2); 1016–2999 are for the protocol itself,
 * unassigned; 3000–4999 belong to libraries and applications.
 */
export function isWireCode(code: number): boolean {
  if (code >= 3000) return code <= 4999
  return code >= 1000 && code <= 1014 && code !== 1004 && code !== 1005 && code !== 1006
}

/** The longest prefix of the text that fits in `MAX_REASON_BYTES` without splitting a code point. */
export function cutReason(reason: string): string {
  if (reason.length * 3 <= MAX_REASON_BYTES) return reason
  let bytes = 0
  let end = 0
  for (const point of reason) {
    bytes += utf8Length(point)
    if (bytes > MAX_REASON_BYTES) return reason.slice(0, end)
    end += point.length
  }
  return reason
}

/**
 * The body of a close frame. The bytes are made here and zeroed by the language: nothing of ours can leave in them.
 * @throws {MisuseError} when the code must not be sent, a reason comes without a code, or is no string.
 */
export function closeBody(code: number | undefined, reason: string): Uint8Array {
  // Without types a number or a byte array may come, whose "length" is no length of a text.
  if (typeof reason !== 'string') throw new MisuseError(`a close reason is a string, not ${typeof reason}`)
  if (code === undefined) {
    if (reason !== '') throw new MisuseError('a close reason needs a close code')
    return new Uint8Array(0)
  }
  if (!Number.isInteger(code) || !isWireCode(code)) {
    throw new MisuseError(`close code ${String(code)} must not be sent: use 1000–1003, 1007–1014 or 3000–4999`)
  }
  const cut = cutReason(reason)
  const body = new Uint8Array(2 + utf8Length(cut))
  body[0] = code >> 8
  body[1] = code & 0xff
  writeUtf8(cut, body, 2)
  return body
}

/** What a peer's close frame says. The code is 1005 when it carried none. */
export interface PeerClose {
  readonly code: number
  readonly reason: string
}

/** Read a peer's close frame, or tell what is wrong with it. */
export function readCloseBody(bytes: Uint8Array, start: number, end: number): PeerClose | Violation {
  if (end === start) return { code: CloseCode.none, reason: '' }
  // RFC 6455 section 5.5.1: "If there is a body, the first two bytes of the body MUST be a 2-byte unsigned integer".
  if (end - start === 1) return VIOLATIONS.closeTooShort
  const code = (bytes[start]! << 8) | bytes[start + 1]!
  if (!isWireCode(code)) return VIOLATIONS.closeCode
  if (checkUtf8(UTF8_WHOLE, bytes, start + 2, end) !== UTF8_WHOLE) return VIOLATIONS.closeReason
  return { code, reason: readUtf8(bytes, start + 2, end) }
}

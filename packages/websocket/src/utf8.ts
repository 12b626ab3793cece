/**
 * UTF-8 without the platform: a validator that can stop and go on between any two bytes, and an encoder and decoder
 * for the short texts of the protocol itself. A platform's faster encoder can be injected (`Utf8Encoder`).
 *
 * RFC 6455 section 8.1: "When an endpoint is to interpret a byte stream as UTF-8 but finds that the byte stream is not,
 * in fact, a valid UTF-8 stream, that endpoint MUST _Fail the WebSocket Connection_." We fail at the first byte that
 * cannot be continued, even in the middle of a frame.
 */

/** Nothing is open: the text may end here. */
export const UTF8_WHOLE = 0
/** No byte can make this text valid again. */
export const UTF8_INVALID = -1

// States between bytes. 1–3 say how many continuation bytes (80..BF) are still to come; the others are the lead bytes
// whose next byte has a narrower range: no overlong forms (E0, F0), no surrogates (ED), nothing above U+10FFFF (F4).
const AFTER_E0 = 4
const AFTER_ED = 5
const AFTER_F0 = 6
const AFTER_F4 = 7

function afterLead(byte: number): number {
  if (byte < 0xc2) return UTF8_INVALID
  if (byte < 0xe0) return 1
  if (byte < 0xf0) return byte === 0xe0 ? AFTER_E0 : byte === 0xed ? AFTER_ED : 2
  if (byte < 0xf5) return byte === 0xf0 ? AFTER_F0 : byte === 0xf4 ? AFTER_F4 : 3
  return UTF8_INVALID
}

function afterNext(state: number, byte: number): number {
  if (byte < 0x80 || byte > 0xbf) return UTF8_INVALID
  if (state < AFTER_E0) return state - 1
  if (state === AFTER_E0) return byte >= 0xa0 ? 1 : UTF8_INVALID
  if (state === AFTER_ED) return byte < 0xa0 ? 1 : UTF8_INVALID
  if (state === AFTER_F0) return byte >= 0x90 ? 2 : UTF8_INVALID
  return byte < 0x90 ? 2 : UTF8_INVALID
}

/**
 * Go on checking from `state` (start with `UTF8_WHOLE`) over a range of bytes.
 * @returns the state to go on from, or `UTF8_INVALID`. The text is complete only when it is `UTF8_WHOLE`.
 */
export function checkUtf8(state: number, bytes: Uint8Array, start: number, end: number): number {
  let at = start
  while (at < end) {
    if (state === UTF8_WHOLE) {
      // Most text is ASCII: eight bytes are accepted with one comparison.
      const last = end - 7
      while (
        at < last &&
        (bytes[at]! |
          bytes[at + 1]! |
          bytes[at + 2]! |
          bytes[at + 3]! |
          bytes[at + 4]! |
          bytes[at + 5]! |
          bytes[at + 6]! |
          bytes[at + 7]!) <
          0x80
      ) {
        at += 8
      }
      while (at < end && bytes[at]! < 0x80) at++
      if (at === end) return UTF8_WHOLE
      state = afterLead(bytes[at++]!)
    } else {
      state = afterNext(state, bytes[at++]!)
    }
    if (state === UTF8_INVALID) return UTF8_INVALID
  }
  return state
}

/** Writes text as UTF-8. Lone surrogates become U+FFFD. */
export interface Utf8Encoder {
  byteLength(text: string): number
  /** Write at `at` and return the number of bytes written. The caller has made sure that they fit. */
  write(text: string, bytes: Uint8Array, at: number): number
}

/** The code point at `i`, with U+FFFD for half a surrogate pair. */
function scalarAt(text: string, i: number): number {
  const point = text.codePointAt(i)!
  return point >= 0xd800 && point <= 0xdfff ? 0xfffd : point
}

export function utf8Length(text: string): number {
  let bytes = 0
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    if (unit < 0x80) bytes += 1
    else if (unit < 0x800) bytes += 2
    else if (unit < 0xd800 || unit > 0xdfff) bytes += 3
    else if (text.codePointAt(i)! > 0xffff) {
      bytes += 4
      i++
    } else bytes += 3
  }
  return bytes
}

export function writeUtf8(text: string, bytes: Uint8Array, at: number): number {
  let o = at
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    if (unit < 0x80) {
      bytes[o++] = unit
      continue
    }
    const point = scalarAt(text, i)
    if (point < 0x800) {
      bytes[o++] = 0xc0 | (point >> 6)
    } else {
      if (point < 0x10000) {
        bytes[o++] = 0xe0 | (point >> 12)
      } else {
        i++
        bytes[o++] = 0xf0 | (point >> 18)
        bytes[o++] = 0x80 | ((point >> 12) & 0x3f)
      }
      bytes[o++] = 0x80 | ((point >> 6) & 0x3f)
    }
    bytes[o++] = 0x80 | (point & 0x3f)
  }
  return o - at
}

/** The encoder used when none is injected. */
export const PURE_UTF8: Utf8Encoder = Object.freeze({ byteLength: utf8Length, write: writeUtf8 })

/** Decode bytes already known to be valid UTF-8. Meant for short texts such as close reasons. */
export function readUtf8(bytes: Uint8Array, start: number, end: number): string {
  let text = ''
  let i = start
  while (i < end) {
    const lead = bytes[i++]!
    if (lead < 0x80) text += String.fromCharCode(lead)
    else if (lead < 0xe0) text += String.fromCharCode(((lead & 0x1f) << 6) | (bytes[i++]! & 0x3f))
    else if (lead < 0xf0) {
      text += String.fromCharCode(((lead & 0x0f) << 12) | ((bytes[i++]! & 0x3f) << 6) | (bytes[i++]! & 0x3f))
    } else {
      const high = ((lead & 0x07) << 18) | ((bytes[i++]! & 0x3f) << 12)
      text += String.fromCodePoint(high | ((bytes[i++]! & 0x3f) << 6) | (bytes[i++]! & 0x3f))
    }
  }
  return text
}

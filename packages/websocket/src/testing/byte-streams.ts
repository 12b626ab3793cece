import type { Chance } from './chance.ts'
import { concat, frame } from './wire.ts'

const CONTROL = [8, 9, 9, 10]
const EDGE_SIZES = [0, 1, 124, 125, 126, 127, 128, 4095, 65_535, 65_536]
const CLOSE_CODES = [999, 1000, 1001, 1004, 1005, 1006, 1011, 1014, 1015, 1016, 2999, 3000, 4999, 5000, 65_535]
const TEXTS = ['', 'plain text', 'grüße', '😀', 'a\0b', '\u{10ffff}', '\ufffd', 'x'.repeat(200)]
/** Beginnings, middles and ends of code points, overlong forms, surrogates, and what lies beyond Unicode. */
const TEXT_PIECES = [
  'c3',
  'bc',
  'e2',
  'e282',
  'ac',
  'f0',
  'f09f',
  '9880',
  'eda080',
  'c0af',
  'f4908080',
  'ff',
  'e0',
  '80',
]

/** What one peer might send: sensible for the most part, then damaged, or nothing but noise. */
export function byteStream(chance: Chance, isServer: boolean): Uint8Array {
  if (chance.oneIn(12)) return chance.bytes(chance.below(80))
  const count = 1 + chance.below(chance.oneIn(8) ? 20 : 5)
  const pieces: Uint8Array[] = []
  let inMessage = false
  for (let i = 0; i < count; i++) {
    const next = piece(chance, isServer, inMessage)
    pieces.push(next)
    if ((next[0]! & 0x0f) < 8) inMessage = next[0]! < 0x80
  }
  const whole = concat(...pieces)
  return chance.oneIn(3) ? mutated(chance, whole) : whole
}

function piece(chance: Chance, isServer: boolean, inMessage: boolean): Uint8Array {
  const data = inMessage ? 0 : 1 + chance.below(2)
  const opcode = chance.oneIn(40) ? chance.below(16) : chance.oneIn(4) ? chance.pick(CONTROL) : data
  const payload = payloadFor(chance, opcode)
  const rsv = chance.oneIn(60) ? chance.pick([0x10, 0x20, 0x40, 0x70]) : 0
  const masked = isServer !== chance.oneIn(60)
  const key = masked ? (chance.oneIn(4) ? 0 : chance.below(2 ** 32) | 0) : undefined
  const fin = opcode < 8 ? !chance.oneIn(3) : !chance.oneIn(60)
  const form = chance.oneIn(60) ? { lengthForm: chance.pick([2, 8] as const) } : {}
  return frame(opcode, payload, { fin, rsv, key, ...(payload.length < 126 ? form : {}) })
}

function payloadFor(chance: Chance, opcode: number): Uint8Array {
  if (opcode === 8) return closePayload(chance)
  if (chance.oneIn(opcode < 8 ? 25 : 200)) return new Uint8Array(chance.pick(EDGE_SIZES)).fill(0x62)
  if (opcode === 1 || opcode === 0) return textPayload(chance)
  return chance.bytes(chance.below(12))
}

function textPayload(chance: Chance): Uint8Array {
  const text = new TextEncoder().encode(chance.pick(TEXTS))
  if (!chance.oneIn(4)) return text
  const part = Uint8Array.from(chance.pick(TEXT_PIECES).match(/../g)!, (digits) => Number.parseInt(digits, 16))
  return chance.oneIn(2) ? concat(text, part) : part
}

function closePayload(chance: Chance): Uint8Array {
  if (chance.oneIn(5)) return chance.bytes(chance.below(2))
  const code = chance.oneIn(3) ? chance.below(65_536) : chance.pick(CLOSE_CODES)
  return concat(Uint8Array.of(code >> 8, code & 255), textPayload(chance).subarray(0, 123))
}

/** One to four small damages: a bit turned over, bytes set, put in, taken out or repeated, the end cut off. */
function mutated(chance: Chance, bytes: Uint8Array): Uint8Array {
  let whole = bytes
  for (let left = 1 + chance.below(4); left > 0; left--) {
    const at = chance.below(Math.min(whole.length, chance.oneIn(2) ? 16 : whole.length) + 1)
    const end = Math.min(whole.length, at + 1 + chance.below(8))
    switch (chance.below(6)) {
      case 0:
        if (at < whole.length) whole[at] = whole[at]! ^ (1 << chance.below(8))
        break
      case 1:
        if (at < whole.length) whole[at] = chance.pick([0, 0x7f, 0x80, 0xff, 0x7e, 0xfe, chance.below(256)])
        break
      case 2:
        whole = concat(whole.subarray(0, at), chance.bytes(1 + chance.below(4)), whole.subarray(at))
        break
      case 3:
        whole = concat(whole.subarray(0, at), whole.subarray(end))
        break
      case 4:
        whole = concat(whole.subarray(0, end), whole.subarray(at))
        break
      default:
        whole = whole.slice(0, at)
    }
  }
  return whole
}

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { hex } from './testing/wire.ts'
import { checkUtf8, readUtf8, UTF8_INVALID, UTF8_WHOLE, utf8Length, writeUtf8 } from './utf8.ts'

/** The platform's opinion. */
function platformAccepts(bytes: Uint8Array): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
    return true
  } catch {
    return false
  }
}

const almostText = fc
  .tuple(fc.string({ unit: 'binary' }), fc.nat(), fc.nat(255), fc.boolean())
  .map(([text, at, byte, damage]) => {
    const bytes = new TextEncoder().encode(text)
    if (damage && bytes.length > 0) bytes[at % bytes.length] = byte
    return bytes
  })

describe('the validator', () => {
  test('agrees with the platform on random and on slightly damaged text', () => {
    const samples = fc.oneof(fc.uint8Array({ maxLength: 40 }), almostText)
    fc.assert(
      fc.property(samples, (bytes) => {
        expect(checkUtf8(UTF8_WHOLE, bytes, 0, bytes.length) === UTF8_WHOLE).toBe(platformAccepts(bytes))
      }),
      { numRuns: 2000 },
    )
  })

  test('agrees with the platform on every pair of bytes, and every third byte after a three-byte lead', () => {
    for (let a = 0; a < 256; a++) {
      for (let b = 0; b < 256; b++) {
        const bytes = Uint8Array.of(a, b)
        expect(checkUtf8(UTF8_WHOLE, bytes, 0, 2) === UTF8_WHOLE, `${a} ${b}`).toBe(platformAccepts(bytes))
      }
    }
    for (const lead of [0xe0, 0xe1, 0xed, 0xef]) {
      for (let b = 0x70; b < 0xd0; b++) {
        const bytes = Uint8Array.of(lead, b, 0x80)
        expect(checkUtf8(UTF8_WHOLE, bytes, 0, 3) === UTF8_WHOLE, `${lead} ${b}`).toBe(platformAccepts(bytes))
      }
    }
    for (const lead of [0xf0, 0xf1, 0xf4, 0xf5]) {
      for (let b = 0x70; b < 0xd0; b++) {
        const bytes = Uint8Array.of(lead, b, 0x80, 0xbf)
        expect(checkUtf8(UTF8_WHOLE, bytes, 0, 4) === UTF8_WHOLE, `${lead} ${b}`).toBe(platformAccepts(bytes))
      }
    }
  })

  test('comes to the same end however the bytes are cut', () => {
    fc.assert(
      fc.property(almostText, fc.nat(100), (bytes, cut) => {
        const middle = Math.min(cut, bytes.length)
        const half = checkUtf8(UTF8_WHOLE, bytes, 0, middle)
        const cutEnd = half === UTF8_INVALID ? half : checkUtf8(half, bytes, middle, bytes.length)
        expect(cutEnd).toBe(checkUtf8(UTF8_WHOLE, bytes, 0, bytes.length))
      }),
    )
  })

  test.each([
    ['a surrogate', 'eda0', 'edbfbf'],
    ['an overlong slash', 'c0', 'c0af'],
    ['an overlong NUL in three bytes', 'e080', 'e08080'],
    ['above U+10FFFF', 'f490', 'f4908080'],
    ['five bytes', 'f8', 'f888808080'],
    ['a continuation out of the blue', '80', '80'],
  ])('refuses %s at the first byte that decides it', (_name, prefix) => {
    const bytes = hex(prefix)
    expect(checkUtf8(UTF8_WHOLE, bytes, 0, bytes.length)).toBe(UTF8_INVALID)
  })

  test('an unfinished code point is neither whole nor invalid', () => {
    const state = checkUtf8(UTF8_WHOLE, hex('f09f98'), 0, 3)
    expect(state).not.toBe(UTF8_INVALID)
    expect(state).not.toBe(UTF8_WHOLE)
  })
})

describe('encoder and decoder', () => {
  test('write and measure what the platform writes, lone surrogates as U+FFFD', () => {
    const anyUnits = fc.array(fc.nat(0xffff), { maxLength: 30 }).map((units) => String.fromCharCode(...units))
    fc.assert(
      fc.property(fc.oneof(anyUnits, fc.string({ unit: 'binary' })), (text) => {
        const want = new TextEncoder().encode(text)
        const bytes = new Uint8Array(want.length + 2)
        expect(utf8Length(text)).toBe(want.length)
        expect(writeUtf8(text, bytes, 2)).toBe(want.length)
        expect(bytes.subarray(2)).toEqual(want)
      }),
    )
  })

  test('read back what was written', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const bytes = new TextEncoder().encode(text)
        expect(readUtf8(bytes, 0, bytes.length)).toBe(text)
      }),
    )
  })
})

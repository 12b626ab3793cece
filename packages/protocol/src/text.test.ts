import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { systemText } from './system.ts'
import { readUtf8, utf8Size, wellFormed, writeUtf8 } from './text.ts'

const anyText = fc.string({ unit: fc.nat(0xffff).map((unit) => String.fromCharCode(unit)), maxLength: 120 })

const coder = systemText()

function written(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length * 3)
  return bytes.subarray(0, writeUtf8(bytes, 0, text, coder))
}

describe('UTF-8', () => {
  it('is written as the platform writes it, lone surrogates included', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(written(text)).toEqual(new TextEncoder().encode(text))
      }),
    )
  })

  it('is read as the platform reads it', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const bytes = written(text)
        expect(readUtf8(bytes, 0, bytes.length, coder)).toBe(wellFormed(text))
      }),
    )
  })

  it('takes as many bytes as its size says', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(utf8Size(text)).toBe(written(text).length)
      }),
    )
    expect(utf8Size('aé€😀\ud800')).toBe(1 + 2 + 3 + 4 + 3)
  })

  it('keeps a leading byte order mark', () => {
    const text = '\ufeff'.padEnd(100, 'é')
    const bytes = written(text)
    expect(readUtf8(bytes, 0, bytes.length, coder)).toBe(text)
  })

  it('that is not UTF-8 becomes U+FFFD, whatever it is', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 30 }), (bytes) => {
        const text = readUtf8(bytes, 0, bytes.length, coder)
        expect(wellFormed(text)).toBe(text)
        // Where the platform finds it well-formed, both read the same.
        const platform = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes)
        if (!platform.includes('\ufffd')) expect(text).toBe(platform)
        else expect(text).toContain('\ufffd')
      }),
      { numRuns: 1_000 },
    )
  })

  it.each([
    ['an overlong form', [0xc0, 0xaf]],
    ['a surrogate', [0xed, 0xa0, 0x80]],
    ['beyond U+10FFFF', [0xf4, 0x90, 0x80, 0x80]],
    ['a cut character', [0xe2, 0x82]],
    ['a continuation alone', [0x80]],
  ])('%s is not taken for a character', (_, bytes) => {
    expect(readUtf8(Uint8Array.from(bytes), 0, bytes.length, coder)).toMatch(/^\ufffd+$/)
  })
})

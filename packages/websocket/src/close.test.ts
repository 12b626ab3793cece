import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { closeBody, cutReason, isWireCode, MAX_REASON_BYTES, readCloseBody } from './close.ts'
import { MisuseError, VIOLATIONS } from './errors.ts'
import { hex, toHex } from './testing/wire.ts'

describe('close codes', () => {
  test.each([1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3999, 4000, 4999])(
    '%i may be on the wire',
    (code) => expect(isWireCode(code)).toBe(true),
  )

  test.each([0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65535])('%i may not', (code) => {
    expect(isWireCode(code)).toBe(false)
    expect(() => closeBody(code, '')).toThrow(MisuseError)
    expect(readCloseBody(Uint8Array.of(code >> 8, code & 255), 0, 2)).toBe(VIOLATIONS.closeCode)
  })

  test('no number that is not an integer can be sent', () => {
    for (const code of [Number.NaN, 1000.5, Number.POSITIVE_INFINITY, -1000]) {
      expect(() => closeBody(code, '')).toThrow(MisuseError)
    }
  })
})

describe('reasons', () => {
  test('are cut at 123 bytes between two code points', () => {
    expect(cutReason('é'.repeat(62))).toBe('é'.repeat(61))
    expect(cutReason('x'.repeat(124))).toBe('x'.repeat(123))
    expect(cutReason(`${'x'.repeat(122)}😀`)).toBe('x'.repeat(122))
  })

  test('always fit and stay a prefix', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (reason) => {
        const cut = cutReason(reason)
        expect(new TextEncoder().encode(cut).length).toBeLessThanOrEqual(MAX_REASON_BYTES)
        expect(reason.startsWith(cut)).toBe(true)
      }),
    )
  })

  test('need a code', () => {
    expect(() => closeBody(undefined, 'why')).toThrow(MisuseError)
    expect(closeBody(undefined, '').length).toBe(0)
  })

  // CVE-2026-45736 was a close reason that carried uninitialised memory out.
  test('leave nothing behind them in the body', () => {
    expect(toHex(closeBody(1000, 'abc'))).toBe('03e8616263')
  })

  test('of the peer must be UTF-8', () => {
    expect(readCloseBody(hex('03e8ff'), 0, 3)).toBe(VIOLATIONS.closeReason)
    expect(readCloseBody(hex('03e8c3'), 0, 3)).toBe(VIOLATIONS.closeReason)
    expect(readCloseBody(hex('03e8c3a9'), 0, 4)).toEqual({ code: 1000, reason: 'é' })
  })
})

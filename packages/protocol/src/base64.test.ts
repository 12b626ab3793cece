import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fromBase64, toBase64 } from './base64.ts'

describe('base64', () => {
  it('is what the platform makes of the same bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 50 }), (bytes) => {
        const text = Buffer.from(bytes).toString('base64')
        expect(toBase64(bytes)).toBe(text)
        expect(fromBase64(text)).toEqual(bytes)
      }),
    )
  })

  it.each(['A', 'AA', 'AAA', 'A===', 'AA=A', 'AAAA====', '====', '_-8=', 'AAA =', ' AAAA'])('%j is none', (text) => {
    expect(fromBase64(text)).toBeUndefined()
  })
})

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { maskNaive } from '../mask.ts'
import { maskLongs } from './platform.ts'

test('masking by 64-bit words does what the plain loop does, wherever the bytes lie', () => {
  const range = fc.record({ offset: fc.nat(9), length: fc.nat(300), from: fc.nat(20), key: fc.integer() })
  fc.assert(
    fc.property(range, fc.uint8Array({ minLength: 320, maxLength: 320 }), ({ offset, length, from, key }, content) => {
      const bytes = new Uint8Array(content.slice().buffer, offset, length)
      const start = Math.min(from, length)
      const expected = bytes.slice()
      maskNaive(expected, start, length, key)
      maskLongs(bytes, start, length, key)
      expect(bytes).toEqual(expected)
    }),
  )
})

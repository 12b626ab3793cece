import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fromHex, toHex } from './testing/vectors.ts'
import { readVarint, writeVarint } from './varint.ts'

function written(value: number): string {
  const bytes = new Uint8Array(10)
  return toHex(bytes.subarray(0, writeVarint(bytes, 0, value)))
}

function read(hex: string): number {
  const bytes = fromHex(hex)
  return readVarint({ bytes, at: 0, end: bytes.length })
}

describe('a varint', () => {
  const golden: [number, string][] = [
    [0, '00'],
    [127, '7f'],
    [128, '8001'],
    [300, 'ac02'],
    [16_383, 'ff7f'],
    [16_384, '808001'],
    [2 ** 31 - 1, 'ffffffff07'],
    [2 ** 31, '8080808008'],
    [2 ** 32, '8080808010'],
    [2 ** 49 - 1, 'ffffffffffff7f'],
    [2 ** 49, '8080808080808001'],
    [2 ** 53 - 1, 'ffffffffffffff0f'],
  ]

  it.each(golden)('%d is %s', (value, hex) => {
    expect(written(value)).toBe(hex)
    expect(read(hex)).toBe(value)
  })

  it('of any size is read as it was written, and the cursor stands behind it', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), (value) => {
        const bytes = new Uint8Array(12).fill(0xff)
        const end = writeVarint(bytes, 1, value)
        const cursor = { bytes, at: 1, end: bytes.length }
        expect(readVarint(cursor)).toBe(value)
        expect(cursor.at).toBe(end)
      }),
    )
  })

  it.each([
    ['', 'empty'],
    ['80', 'cut'],
    ['ffffffffffffff', 'cut'],
    ['8000', 'not minimal'],
    ['ff00', 'not minimal'],
    ['808000', 'not minimal'],
    ['ffffffffffffff10', '2^53'],
    ['ffffffffffffff8f01', 'of nine bytes'],
  ])('%s is refused: %s', (hex) => {
    const cursor = { bytes: fromHex(hex), at: 0, end: hex.length / 2 }
    expect(readVarint(cursor)).toBe(-1)
    expect(cursor.at).toBe(0)
  })
})

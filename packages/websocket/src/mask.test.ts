import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Masker, maskCopy, maskNaive, maskPool, maskSmall, rotateKey } from './mask.ts'

const range = fc
  .record({
    bytes: fc.uint8Array({ maxLength: 300 }),
    a: fc.nat(300),
    b: fc.nat(300),
    offset: fc.nat(8),
    key: fc.integer(),
  })
  .map(({ bytes, a, b, offset, key }) => {
    // Bytes anywhere in their buffer: words are only at multiples of four.
    const placed = new Uint8Array(new ArrayBuffer(bytes.length + offset), offset, bytes.length)
    placed.set(bytes)
    const ends = [Math.min(a, bytes.length), Math.min(b, bytes.length)].sort((x, y) => x - y) as [number, number]
    return { bytes: placed, start: ends[0], end: ends[1], key }
  })

function expected(bytes: Uint8Array, start: number, end: number, key: number): Uint8Array {
  const copy = bytes.slice()
  maskNaive(copy, start, end, key)
  return copy
}

describe('every way of masking gives the same bytes as the naive loop', () => {
  test('the example of RFC 6455 section 5.7', () => {
    const bytes = Uint8Array.from([0x7f, 0x9f, 0x4d, 0x51, 0x58])
    maskNaive(bytes, 0, 5, 0x37fa213d)
    expect(new TextDecoder().decode(bytes)).toBe('Hello')
  })

  test('unrolled', () => {
    fc.assert(
      fc.property(range, ({ bytes, start, end, key }) => {
        const want = expected(bytes, start, end, key)
        maskSmall(bytes, start, end, key)
        expect(bytes).toEqual(want)
      }),
    )
  })

  test('by words, at any alignment, with the view kept between ranges', () => {
    fc.assert(
      fc.property(range, fc.integer(), ({ bytes, start, end, key }, second) => {
        const masker = new Masker()
        const want = expected(expected(bytes, start, end, key), 0, bytes.length, second)
        masker.mask(bytes, start, end, key)
        masker.mask(bytes, 0, bytes.length, second)
        expect(bytes).toEqual(want)
      }),
    )
  })

  test('one array after another through the same masker', () => {
    const masker = new Masker()
    for (const length of [64, 100, 64, 1000]) {
      const bytes = new Uint8Array(length).fill(9)
      const want = expected(bytes, 3, length, 0x0a0b0c0d)
      masker.mask(bytes, 3, length, 0x0a0b0c0d)
      expect(bytes).toEqual(want)
    }
  })

  test('copying', () => {
    fc.assert(
      fc.property(range, fc.nat(5), ({ bytes, start, end, key }, at) => {
        const to = new Uint8Array(at + end - start)
        maskCopy(bytes, start, end, to, at, key)
        expect(to.subarray(at)).toEqual(expected(bytes, start, end, key).subarray(start, end))
      }),
    )
  })

  test('in two pieces, with the key rotated', () => {
    fc.assert(
      fc.property(range, fc.nat(300), ({ bytes, start, end, key }, cut) => {
        const middle = Math.min(start + cut, end)
        const want = expected(bytes, start, end, key)
        maskSmall(bytes, start, middle, key)
        maskSmall(bytes, middle, end, rotateKey(key, middle - start))
        expect(bytes).toEqual(want)
      }),
    )
  })
})

describe('the pool of keys', () => {
  test('draws 8 KiB at once, hands every 4 bytes out once, and then draws again', () => {
    let draws = 0
    const next = maskPool((bytes) => {
      draws++
      new Int32Array(bytes.buffer).forEach((_, i, keys) => {
        keys[i] = i
      })
    })
    const keys = Array.from({ length: 2048 }, next)
    expect(draws).toBe(1)
    expect(new Set(keys).size).toBe(2048)
    next()
    expect(draws).toBe(2)
  })

  test('draws nothing before the first key is needed', () => {
    let draws = 0
    maskPool(() => draws++)
    expect(draws).toBe(0)
  })
})

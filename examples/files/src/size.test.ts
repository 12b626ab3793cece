import { describe, expect, it } from 'vitest'
import { sizeOf, sizeWords } from './size.ts'

describe('a size', () => {
  it.each([
    [0, '0 B'],
    [1023, '1023 B'],
    [1024, '1.0 KiB'],
    [1.5 * 1024 ** 3, '1.5 GiB'],
    [200 * 1024 ** 2, '200 MiB'],
    [5000 * 1024 ** 4, '5000 TiB'],
  ])('%d is %s', (bytes, words) => expect(sizeWords(bytes)).toBe(words))

  it.each([
    ['4096', 4096],
    ['500M', 500 * 1024 ** 2],
    ['1.5GiB', 1.5 * 1024 ** 3],
    ['2 kb', 2048],
    ['7b', 7],
  ])('%s is %d bytes', (text, bytes) => expect(sizeOf(text)).toBe(bytes))

  it.each(['', 'many', '-1', '1X', '1 G B'])('%j is none', (text) =>
    expect(() => sizeOf(text)).toThrow('is not a size'),
  )
})

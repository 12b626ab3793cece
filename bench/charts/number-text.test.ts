import { describe, expect, it } from 'vitest'
import { binaryTick, brief, countTick, tick } from './number-text.ts'

describe('numbers', () => {
  it.each([
    [0, '0'],
    [0.004, '0.00'],
    [0.7304, '0.73'],
    [7.816, '7.82'],
    [42.19, '42.2'],
    [999.4, '999'],
    [999.6, '1.00 k'],
    [1_853, '1.85 k'],
    [74_688, '74.7 k'],
    [704_999, '705 k'],
    [999_500, '1.00 M'],
    [1_530_000, '1.53 M'],
    [2.6e9, '2.60 G'],
  ])('%d is %s', (value, text) => expect(brief(value)).toBe(text))

  it.each([
    [0, '0'],
    [0.5, '0.5'],
    [20, '20'],
    [1_000, '1 k'],
    [500_000, '500 k'],
    [1_500_000, '1.5 M'],
  ])('%d on an axis is %s', (value, text) => expect(tick(value)).toBe(text))

  it.each([
    [1, '1'],
    [100, '100'],
    [1_024, '1,024'],
    [10_000, '10,000'],
    [1_234_567, '1,234,567'],
  ])('%d things are %s', (value, text) => expect(countTick(value)).toBe(text))

  it.each([
    [16, '16 B'],
    [65_536, '64 KiB'],
    [1_048_580, '1 MiB'],
  ])('%d bytes are %s', (value, text) => expect(binaryTick(value)).toBe(text))
})

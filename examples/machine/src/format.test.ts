import { describe, expect, it } from 'vitest'
import { amount, bytes, count, duration, interval, inWords } from './format.ts'

const plain = (text: string) => text.replaceAll('\u00a0', ' ')

describe('amounts', () => {
  it.each([
    [0, '0 B'],
    [1, '1 B'],
    [999, '999 B'],
    [1000, '0.98 KB'],
    [1024, '1 KB'],
    [1536, '1.5 KB'],
    [999 * 1024, '999 KB'],
    [1000 * 1024, '0.98 MB'],
    [25.3 * 1024 ** 2, '25.3 MB'],
    [24684096 * 1024, '23.5 GB'],
    [3 * 1024 ** 6, '3072 PB'],
  ])('%d bytes are %s', (value, words) => {
    const { number, unit } = bytes(value)
    expect(`${number} ${unit}`).toBe(words)
  })

  it.each([
    [0, '0'],
    [0.04, '0.0'],
    [9.94, '9.9'],
    [9.96, '10'],
    [55.5, '56'],
    [100, '100'],
  ])('%d percent are %s', (value, words) => expect(amount(value, 'percent').number).toBe(words))

  it('say their unit where they have one', () => {
    expect(plain(inWords(2048, 'bytes/s'))).toBe('2 KB/s')
    expect(plain(inWords(1.5, 'processes'))).toBe('1.50')
  })
})

describe('times', () => {
  it.each([
    [50, '50 ms'],
    [1000, '1 s'],
    [2500, '2.5 s'],
    [10_000, '10 s'],
  ])('an interval of %d is %s', (ms, words) => expect(plain(interval(ms))).toBe(words))

  it.each([
    [900, '0 s'],
    [61_000, '1 min'],
    [3_600_000, '1 h'],
    [7_500_000, '2 h 5 min'],
    [277_200_000, '3 d 5 h'],
  ])('%d ms are %s', (ms, words) => expect(plain(duration(ms))).toBe(words))
})

it('one is one and two are more', () => {
  expect(plain(count(1, 'reading', 'readings'))).toBe('1 reading')
  expect(plain(count(1200, 'reading', 'readings'))).toBe('1,200 readings')
})

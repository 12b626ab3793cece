import { describe, expect, it } from 'vitest'
import { difference } from './difference.ts'

describe('the difference of two outcomes', () => {
  it.each([
    [1, 1],
    [Number.NaN, Number.NaN],
    [
      { a: 1, b: [new Date(5)] },
      { b: [new Date(5)], a: 1 },
    ],
    [new Map([['a', new Set([1])]]), new Map([['a', new Set([1])]])],
    [new Uint8Array([1, 2]), new Uint8Array([1, 2])],
    [new TypeError('no'), new TypeError('no')],
  ])('is none between %o and %o', (expected, actual) => {
    expect(difference(expected, actual)).toBeUndefined()
  })

  it.each([
    [0, -0, 'outcome: expected 0, got 0'],
    [{ a: [1, 2] }, { a: [1, 3] }, 'outcome.a[1]: expected 2, got 3'],
    [[1], [1, 2], 'outcome[1]: expected undefined, got 2'],
    [{ a: 1n }, {}, 'outcome.a: expected 1, got undefined'],
    [new Date(5), new Date(6), 'outcome: expected 5, got 6'],
    [new Set([1, 2]), new Set([2, 1]), 'outcome[0]: expected 1, got 2'],
    [[], {}, 'outcome: expected [], got {}'],
    [new Error('a'), new Error('b'), 'outcome.message: expected a, got b'],
    [{ list: [] }, { list: null }, 'outcome.list: expected [], got null'],
  ])('between %o and %o is the first place and both values', (expected, actual, words) => {
    expect(difference(expected, actual)).toBe(words)
  })
})

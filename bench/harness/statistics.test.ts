import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { quantile, summarise } from './statistics.ts'

describe('the summary of rounds', () => {
  it.each([
    [[5], { median: 5, min: 5, max: 5, rounds: 1 }],
    [[3, 1, 2], { median: 2, min: 1, max: 3, rounds: 3 }],
    [[4, 1, 2, 3], { median: 2.5, min: 1, max: 4, rounds: 4 }],
    [[10, 9, 100, 8, 7], { median: 9, min: 7, max: 100, rounds: 5 }],
  ])('of %j', (values, summary) => {
    expect(summarise(values)).toEqual({ ...summary, values })
  })

  it('leaves the values as they are', () => {
    const values = [3, 1, 2]
    summarise(values)
    expect(values).toEqual([3, 1, 2])
  })

  it('needs at least one', () => {
    expect(() => summarise([])).toThrow(RangeError)
  })
})

describe('a quantile', () => {
  it('lies on the line between its neighbours', () => {
    expect(quantile([10, 20], 0.25)).toBe(12.5)
    expect(quantile(new Float64Array([0, 1, 2, 3, 4]), 0.99)).toBeCloseTo(3.96)
  })

  it('never leaves the values, and grows with its share', () => {
    const values = fc.array(fc.integer(), { minLength: 1 }).map((all) => all.sort((a, b) => a - b))
    const share = fc.double({ min: 0, max: 1, noNaN: true })
    fc.assert(
      fc.property(values, share, share, (sorted, one, other) => {
        const [low, high] = [quantile(sorted, Math.min(one, other)), quantile(sorted, Math.max(one, other))]
        expect(low).toBeGreaterThanOrEqual(sorted[0]!)
        expect(high).toBeLessThanOrEqual(sorted.at(-1)!)
        expect(low).toBeLessThanOrEqual(high)
      }),
    )
  })
})

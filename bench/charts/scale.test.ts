import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { linearScale, logScale, percentileScale, stepScale } from './scale.ts'

describe('scales', () => {
  it('end on a round number above all', () => {
    const { place, ticks } = linearScale(81_632, 400)
    expect(ticks).toEqual([0, 20_000, 40_000, 60_000, 80_000, 100_000])
    expect([place(0), place(50_000), place(100_000)]).toEqual([0, 200, 400])
  })

  it('have powers of ten around all values', () => {
    const { place, ticks } = logScale(30, 7_000, 300)
    expect(ticks).toEqual([10, 100, 1_000, 10_000])
    expect([place(10), place(1_000), place(10_000)]).toEqual([0, 200, 300])
  })

  it('of percentiles have as much room for each nine', () => {
    const { place, ticks } = percentileScale([0, 50, 99.9, 99, 90], 300)
    expect(ticks).toEqual([0, 50, 90, 99, 99.9])
    expect([0, 90, 99, 99.9].map((percent) => Math.round(place(percent)))).toEqual([0, 100, 200, 300])
  })

  it('of percentiles have the largest of all at the edge', () => {
    const { place, ticks } = percentileScale([0, 90, 100], 300)
    expect(ticks.at(-1)).toBe(100)
    expect(place(100)).toBe(300)
    expect(place(90)).toBeLessThan(300)
  })

  it('place every value within their length, in order', () => {
    const values = fc.array(fc.double({ min: 1e-6, max: 1e9, noNaN: true }), { minLength: 2, maxLength: 20 })
    fc.assert(
      fc.property(values, (all) => {
        const sorted = [...new Set(all)].sort((a, b) => a - b)
        const [low, high] = [sorted[0]!, sorted.at(-1)!]
        for (const { place } of [linearScale(high, 100), logScale(low, high, 100), stepScale(sorted, 100)]) {
          const places = sorted.map(place)
          for (const at of places) {
            expect(at).toBeGreaterThanOrEqual(-1e-9)
            expect(at).toBeLessThanOrEqual(100 + 1e-9)
          }
          expect([...places].sort((a, b) => a - b)).toEqual(places)
        }
      }),
    )
  })
})

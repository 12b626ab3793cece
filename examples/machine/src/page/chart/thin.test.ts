import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { thin } from './thin.ts'

const readings = (values: readonly number[]) =>
  values.map((value, i) => ({ seq: i + 1, at: new Date(i), values: [value] }))
const height = ({ values }: { values: number[] }) => values[0] ?? 0

describe('thinning', () => {
  it('keeps every reading that has a column to itself', () => {
    const all = readings([3, 1, 4, 1, 5])
    expect(thin(all, 0, 5, ({ seq }) => seq, height)).toEqual([0, 1, 2, 3, 4])
  })

  it('keeps the lowest and the highest of a column, in their order', () => {
    const all = readings([5, 9, 1, 5, 5])
    expect(thin(all, 1, 4, () => 0, height)).toEqual([1, 2, 3])
  })

  it('keeps the ends, every peak, and at most four readings of a column', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 100, noNaN: true }), { minLength: 1 }), (values) => {
        const all = readings(values)
        const kept = thin(all, 0, all.length, ({ seq }) => seq / 10, height)
        expect(kept[0]).toBe(0)
        expect(kept.at(-1)).toBe(all.length - 1)
        expect(kept).toEqual([...new Set(kept)].sort((a, b) => a - b))
        expect(Math.max(...kept.map((i) => values[i] ?? 0))).toBe(Math.max(...values))
        expect(Math.min(...kept.map((i) => values[i] ?? 0))).toBe(Math.min(...values))
        expect(kept.length).toBeLessThanOrEqual(4 * (Math.floor(all.length / 10) + 1))
      }),
    )
  })
})

import { describe, expect, it } from 'vitest'
import { createHistory } from './history.ts'

const filled = (count: number, keep?: number) => {
  const history = createHistory(keep)
  for (let i = 1; i <= count; i++) history.append({ at: new Date(i * 1000), values: [i] })
  return history
}
const seqs = ({ readings }: { readings: { seq: number }[] }) => readings.map(({ seq }) => seq)

describe('the history of a sensor', () => {
  it('numbers readings from 1 without a hole', () => {
    const history = createHistory()
    expect(history.newest).toBe(0)
    expect(history.latest()).toBeUndefined()
    expect(history.append({ at: new Date(0), values: [1] }).seq).toBe(1)
    expect(history.append({ at: new Date(0), values: [2] }).seq).toBe(2)
    expect(history.newest).toBe(2)
    expect(history.latest()).toMatchObject({ seq: 2, values: [2] })
  })

  it('gives the readings before a number, oldest first, and says whether there are more', () => {
    const history = filled(10)
    expect(seqs(history.page(8, 3))).toEqual([5, 6, 7])
    expect(history.page(8, 3).more).toBe(true)
    expect(seqs(history.page(4, 3))).toEqual([1, 2, 3])
    expect(history.page(4, 3).more).toBe(false)
    expect(seqs(history.page(Number.POSITIVE_INFINITY, 2))).toEqual([9, 10])
    expect(history.page(1, 5)).toEqual({ readings: [], more: false })
  })

  it('forgets the oldest, keeps what it promised, and keeps counting', () => {
    const history = filled(1000, 100)
    const { readings, more } = history.page(Number.POSITIVE_INFINITY, 100_000)
    expect(readings.length).toBeGreaterThanOrEqual(100)
    expect(readings.length).toBeLessThan(150)
    expect(readings.at(-1)?.seq).toBe(1000)
    expect(more).toBe(false)
    expect(history.page(500, 10)).toEqual({ readings: [], more: false })
  })
})

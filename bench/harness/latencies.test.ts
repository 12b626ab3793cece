import { describe, expect, it } from 'vitest'
import { Latencies } from './latencies.ts'

/** 1,001 latencies, of 0 to 1 ms, in no order. */
const milliseconds = () => Float64Array.from({ length: 1_001 }, (_, index) => ((index * 5) % 1_001) / 1_000)

describe('latencies', () => {
  it.each([
    ['p50', 500],
    ['p99', 990],
    ['p999', 999],
    ['p0', 0],
  ] as const)('have a quantile %s in µs', (name, value) => {
    const figure = new Latencies(milliseconds()).quantile(name)
    expect(figure).toMatchObject({ metric: name, unit: 'µs' })
    expect(figure.value).toBeCloseTo(value)
  })

  it('have a median, mean, deviation, least and most', () => {
    const all = new Latencies(Float64Array.of(0.009, 0.002, 0.004, 0.005, 0.004, 0.004, 0.005, 0.007))
    const summary = Object.fromEntries(all.summary().map(({ metric, value }) => [metric, Number(value.toFixed(9))]))
    expect(summary).toEqual({ median: 4.5, mean: 5, deviation: 2, min: 2, max: 9 })
  })

  it('have percentiles for a plot, which never fall', () => {
    const { points, ...rest } = new Latencies(milliseconds()).percentiles()
    expect(rest).toEqual({ metric: 'percentiles', unit: 'µs', axis: 'percent' })
    expect(points[0]).toEqual([0, 0])
    expect(points.at(-1)).toEqual([100, 1_000])
    expect(points.find(([percent]) => percent === 90)?.[1]).toBeCloseTo(900)
    for (const axis of [0, 1] as const) {
      const along = points.map((point) => point[axis])
      expect(along).toEqual([...along].sort((a, b) => a - b))
    }
  })
})

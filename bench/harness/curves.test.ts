import { expect, it } from 'vitest'
import { measureCurves } from './curves.ts'
import type { Work } from './workload.ts'

it('each place of a curve is prepared, warmed up and measured, in order', async () => {
  const done: string[] = []
  const measure = async (work: () => Promise<Work>) => {
    const { amount, seconds } = await work()
    return [{ metric: 'rate', unit: 'calls/s', value: amount / seconds }]
  }
  const curves = await measureCurves({ measure }, 'in flight', [1, 10], async (place) => {
    done.push(`at ${place}`)
    return {
      // Warming up the first place goes on for a while; once is enough to see here.
      warmUp: async () => void (done.includes(`warm ${place}`) || done.push(`warm ${place}`)),
      work: async () => ({ amount: place * 5, seconds: done.push(`work ${place}`) && 0.5 }),
      figures: (rate) => [{ metric: 'double', unit: 'x', value: rate * 2 }],
    }
  })
  expect(done).toEqual(['at 1', 'warm 1', 'work 1', 'at 10', 'warm 10', 'work 10'])
  expect(curves).toEqual([
    {
      metric: 'rate',
      unit: 'calls/s',
      axis: 'in flight',
      points: [
        [1, 10],
        [10, 100],
      ],
    },
    {
      metric: 'double',
      unit: 'x',
      axis: 'in flight',
      points: [
        [1, 20],
        [10, 200],
      ],
    },
  ])
})

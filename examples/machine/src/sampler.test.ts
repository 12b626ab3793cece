import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Reading } from './contract.ts'
import { startSampler } from './sampler.ts'
import type { Sensor } from './sensors/sensor.ts'

const sensor = (name: string, sample: Sensor['sample']): Sensor => ({
  description: { name, title: name, unit: 'percent', series: ['x'] },
  sample,
})

describe('the sampler', () => {
  beforeEach(() => vi.useFakeTimers())
  afterEach(() => vi.useRealTimers())

  function started(sensors: Sensor[], intervalMs = 1000) {
    const seen: [string, Reading][] = []
    const failed: string[] = []
    const sampler = startSampler({
      sensors,
      intervalMs,
      onReading: (name, reading) => seen.push([name, reading]),
      onError: (name) => failed.push(name),
    })
    return { sampler, seen, failed, seqs: () => seen.map(([, { seq }]) => seq) }
  }

  it('reads every sensor at its pace and numbers what they say', async () => {
    const { sampler, seen } = started([sensor('a', async () => [1]), sensor('b', async () => [2])])
    await vi.advanceTimersByTimeAsync(2500)
    expect(seen.map(([name, { seq }]) => `${name}${seq}`)).toEqual(['a1', 'b1', 'a2', 'b2', 'a3', 'b3'])
    expect(sampler.history('a')?.newest).toBe(3)
    expect(sampler.history('constructor')).toBeUndefined()
    sampler.stop()
  })

  it('does not count a sensor that has nothing to say yet', async () => {
    let looks = 0
    const { sampler, seqs } = started([sensor('a', async () => (looks++ === 0 ? undefined : [1]))])
    await vi.advanceTimersByTimeAsync(2500)
    expect(seqs()).toEqual([1, 2])
    sampler.stop()
  })

  it('reports a sensor that fails, leaves no hole in its numbers, and goes on with the others', async () => {
    let looks = 0
    const flaky = sensor('flaky', async () => {
      if (looks++ === 1) throw new Error('unplugged')
      return [1]
    })
    const { sampler, seen, failed } = started([flaky, sensor('b', async () => [2])])
    await vi.advanceTimersByTimeAsync(2500)
    expect(failed).toEqual(['flaky'])
    expect(seen.map(([name, { seq }]) => `${name}${seq}`)).toEqual(['flaky1', 'b1', 'b2', 'flaky2', 'b3'])
    sampler.stop()
  })

  it('changes its pace at once, not after the interval that is running', async () => {
    const { sampler, seqs } = started([sensor('a', async () => [1])], 10_000)
    await vi.advanceTimersByTimeAsync(100)
    sampler.intervalMs = 50
    await vi.advanceTimersByTimeAsync(225)
    expect(seqs()).toEqual([1, 2, 3, 4, 5])
    sampler.stop()
  })

  it('never overlaps with itself: a slow sensor makes it slower', async () => {
    let running = 0
    let most = 0
    const slow = sensor('slow', async () => {
      most = Math.max(most, ++running)
      await new Promise((resolve) => setTimeout(resolve, 300))
      running--
      return [1]
    })
    const { sampler, seqs } = started([slow], 100)
    await vi.advanceTimersByTimeAsync(1000)
    expect(most).toBe(1)
    expect(seqs()).toEqual([1, 2, 3])
    sampler.stop()
  })

  it('says nothing more once it is stopped, not even what it had begun', async () => {
    const { sampler, seqs } = started([
      sensor('a', async () => {
        await new Promise((resolve) => setTimeout(resolve, 10))
        return [1]
      }),
    ])
    await vi.advanceTimersByTimeAsync(5)
    sampler.stop()
    await vi.advanceTimersByTimeAsync(5000)
    expect(seqs()).toEqual([])
  })
})

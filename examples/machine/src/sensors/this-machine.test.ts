import { expect, it } from 'vitest'
import { sensorsOfThisMachine } from './this-machine.ts'

it('every sensor of this machine gives as many plausible numbers as it announces', async () => {
  const sensors = await sensorsOfThisMachine()
  expect(sensors.map(({ description }) => description.name)).toEqual(expect.arrayContaining(['cpu', 'cores', 'memory']))
  for (const { description, sample } of sensors) {
    let values = await sample()
    // Counters of processors move every 10 ms, and rates need time to pass.
    for (let tries = 0; values === undefined && tries < 200; tries++) {
      await new Promise((resolve) => setTimeout(resolve, 10))
      values = await sample()
    }
    expect(values, description.name).toHaveLength(description.series.length)
    for (const value of values ?? []) {
      expect(value, description.name).toBeGreaterThanOrEqual(0)
      expect(value, description.name).toBeLessThanOrEqual((description.ceiling ?? Number.MAX_SAFE_INTEGER) * 1.001)
    }
  }
})

it.runIf(process.platform === 'linux')('on Linux the network is measured as well', async () => {
  const names = (await sensorsOfThisMachine()).map(({ description }) => description.name)
  expect(names).toContain('network')
})

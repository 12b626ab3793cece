import { describe, expect, it } from 'vitest'
import { memoryFromOs, memoryFromProc, memorySensor, parseMeminfo } from './memory.ts'

const MEMINFO = `MemTotal:       24684096 kB
MemFree:        14474120 kB
MemAvailable:   20406732 kB
Buffers:             524 kB
Cached:          5923800 kB
SwapCached:            0 kB
HugePages_Total:       0
`

describe('/proc/meminfo', () => {
  it('says what is used, and what is cached and would be given back', () => {
    expect(parseMeminfo(MEMINFO)).toEqual({
      total: 24684096 * 1024,
      used: (24684096 - 20406732) * 1024,
      cached: (20406732 - 14474120) * 1024,
    })
  })

  it('is not confused by keys that end alike', () => {
    expect(parseMeminfo(`SwapMemTotal: 9 kB\n${MEMINFO}`).total).toBe(24684096 * 1024)
  })
})

describe('the memory sensor', () => {
  it('gives used and cached bytes under the ceiling of what is fitted', async () => {
    const sensor = memorySensor(
      memoryFromProc(async () => MEMINFO),
      24684096 * 1024,
    )
    expect(await sensor.sample()).toEqual([4380020736, 6074994688])
    expect(sensor.description).toMatchObject({ unit: 'bytes', ceiling: 24684096 * 1024 })
  })

  it('works without /proc', async () => {
    const { total, used } = await memoryFromOs()
    expect(used).toBeGreaterThan(0)
    expect(used).toBeLessThan(total)
  })
})

import { describe, expect, it } from 'vitest'
import { coresSensor } from './cores.ts'
import { cpuSensor } from './cpu.ts'
import { cpuTimesFromOs, cpuTimesFromProc, parseStat, sharesBetween, sumOfTimes } from './cpu-times.ts'

// As Linux 6.1 writes it, shortened below the processors.
const FIRST = `cpu  4141 10 1140 300383 1781 3 47 30 0 0
cpu0 1551 4 429 151607 61 1 18 17 0 0
cpu1 2590 6 711 148776 1720 2 29 13 0 0
intr 304449 0 0 0 0
ctxt 1234
btime 1795226000
softirq 99 1 2 3
`
const SECOND = `cpu  4201 10 1160 300463 1801 3 47 30 0 0
cpu0 1611 4 429 151647 61 1 18 17 0 0
cpu1 2590 6 731 148816 1740 2 29 33 0 0
intr 304450 0 0 0 0
`

const read = (...texts: string[]) => cpuTimesFromProc(async () => texts.shift() ?? SECOND)

describe('/proc/stat', () => {
  it('gives one entry per core and leaves their sum out', () => {
    expect(parseStat(FIRST)).toEqual([
      { user: 1555, system: 448, waiting: 78, idle: 151607 },
      { user: 2596, system: 742, waiting: 1733, idle: 148776 },
    ])
  })

  it('is read although old kernels have fewer columns', () => {
    expect(parseStat('cpu0 10 0 5 85')).toEqual([{ user: 10, system: 5, waiting: 0, idle: 85 }])
  })

  it('without processors is an empty list', () => {
    expect(parseStat('intr 1\n')).toEqual([])
  })
})

describe('the share of a core', () => {
  it('is what passed between two looks, in percent', () => {
    const [before] = parseStat(FIRST)
    const [after] = parseStat(SECOND)
    expect(before && after && sharesBetween(before, after)).toEqual({ user: 60, system: 0, waiting: 0 })
  })

  it('cannot be told without any time between', () => {
    const sum = sumOfTimes(parseStat(FIRST))
    expect(sharesBetween(sum, sum)).toBeUndefined()
  })

  it('is never negative, even if the kernel takes iowait back', () => {
    const before = { user: 0, system: 0, waiting: 50, idle: 0 }
    expect(sharesBetween(before, { user: 10, system: 0, waiting: 40, idle: 10 })).toEqual({
      user: 50,
      system: 0,
      waiting: 0,
    })
  })
})

describe('the cpu sensor', () => {
  it('has nothing to say at first, then the shares of all cores together', async () => {
    const sensor = cpuSensor(read(FIRST, SECOND))
    expect(await sensor.sample()).toBeUndefined()
    // 200 ticks passed: 60 in programs, 20 in the kernel, 20 waiting for disks and 20 stolen.
    expect(await sensor.sample()).toEqual([30, 10, 20])
  })

  it('repeats itself while the counters stand still', async () => {
    const sensor = cpuSensor(read(FIRST, SECOND, SECOND))
    await sensor.sample()
    const said = await sensor.sample()
    expect(await sensor.sample()).toEqual(said)
  })
})

describe('the cores sensor', () => {
  it('gives a value per core', async () => {
    const sensor = coresSensor(read(FIRST, SECOND), 2)
    expect(await sensor.sample()).toBeUndefined()
    expect(await sensor.sample()).toEqual([60, 20])
    expect(sensor.description.series).toEqual(['core 0', 'core 1'])
  })

  it('shows a core that went offline as idle, and counts it again when it is back', async () => {
    const one = SECOND.split('\n').slice(0, 2).join('\n')
    const sensor = coresSensor(read(FIRST, one, SECOND), 2)
    await sensor.sample()
    expect(await sensor.sample()).toEqual([60, 0])
    expect(await sensor.sample()).toEqual([60, 20])
  })
})

describe('node:os', () => {
  it('tells the times of every core of this machine', async () => {
    const cores = await cpuTimesFromOs()
    expect(cores.length).toBeGreaterThan(0)
    for (const core of cores) expect(core.user + core.system + core.idle).toBeGreaterThan(0)
  })
})

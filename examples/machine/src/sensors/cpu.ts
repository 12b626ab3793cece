import { type CpuShares, type CpuTimes, type ReadCpuTimes, sharesBetween, sumOfTimes } from './cpu-times.ts'
import type { Sensor } from './sensor.ts'

/** What the processors are doing, all cores together, in percent of all there is. */
export function cpuSensor(readTimes: ReadCpuTimes): Sensor {
  let before: CpuTimes | undefined
  let last: CpuShares | undefined
  return {
    description: {
      name: 'cpu',
      title: 'Processor',
      unit: 'percent',
      series: ['programs', 'system', 'waiting'],
      ceiling: 100,
    },
    async sample() {
      const now = sumOfTimes(await readTimes())
      const shares = before && sharesBetween(before, now)
      // The kernel counts in steps of 10 ms. Sampled faster than the counters move, the last answer still stands.
      if (shares !== undefined || before === undefined) before = now
      last = shares ?? last
      return last && [last.user, last.system, last.waiting]
    },
  }
}

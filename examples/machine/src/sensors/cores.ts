import { type CpuTimes, type ReadCpuTimes, sharesBetween } from './cpu-times.ts'
import type { Sensor } from './sensor.ts'

/** How busy each core is, in percent: one value per core. */
export function coresSensor(readTimes: ReadCpuTimes, count: number): Sensor {
  const before: CpuTimes[] = []
  const busy: (number | undefined)[] = new Array(count).fill(undefined)
  return {
    description: {
      name: 'cores',
      title: 'Cores',
      unit: 'percent',
      series: Array.from({ length: count }, (_, core) => `core ${core}`),
      ceiling: 100,
    },
    async sample() {
      const now = await readTimes()
      for (let core = 0; core < count; core++) {
        const from = before[core]
        const to = now[core]
        // A core that went offline has no line any more: it does nothing, and says so.
        if (to === undefined) {
          busy[core] = 0
          continue
        }
        const shares = from && sharesBetween(from, to)
        if (shares !== undefined) busy[core] = shares.user + shares.system
        if (shares !== undefined || from === undefined) before[core] = to
      }
      return busy.some((value) => value === undefined) ? undefined : (busy as number[]).slice()
    },
  }
}

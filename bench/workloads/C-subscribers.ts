import { curvesLastMs, measureCurves } from '../harness/curves.ts'
import { FanOut, publish } from '../harness/fan-out.ts'
import { mostConnections, openFiles } from '../harness/open-files.ts'
import type { Workload } from '../harness/workload.ts'

const SUBSCRIBERS = [10, 30, 100, 300, 1_000, 3_000, 10_000]

export const workload: Workload = {
  about: 'one event at a time to 10 to 10,000 connections, the next one when all have it',
  needs: 'subscribe',
  unit: 'delivery',
  units: 'deliveries',
  lasts: (times) => curvesLastMs(SUBSCRIBERS.length, times) + 8_000,
  async run(run) {
    const most = await mostConnections(run)
    const fanOut = await FanOut.of(run, 1)
    return await measureCurves(
      run,
      'subscribers',
      SUBSCRIBERS.filter((count) => count <= most),
      async (count) => {
        await fanOut.growTo(count)
        return {
          warmUp: () => fanOut.pushUntil(1, run.warmUpMs),
          work: () => fanOut.pushUntil(1, run.measureMs),
        }
      },
    )
  },
  serverSide: { publish, openFiles },
}

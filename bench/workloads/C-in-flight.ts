import { callUntil } from '../harness/calls.ts'
import { curvesLastMs, measureCurves } from '../harness/curves.ts'
import type { Workload } from '../harness/workload.ts'

const IN_FLIGHT = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1_024, 2_048, 4_096, 10_000]

export const workload: Workload = {
  about: 'unary calls on one connection, with 1 to 10,000 in flight',
  needs: 'call',
  unit: 'call',
  lasts: (times) => curvesLastMs(IN_FLIGHT.length, times),
  async run(run) {
    const call = run.client.call!.bind(run.client)
    return await measureCurves(run, 'in flight', IN_FLIGHT, (inFlight) => ({
      warmUp: () => callUntil(call, inFlight, run.warmUpMs),
      work: () => callUntil(call, inFlight, run.measureMs),
    }))
  },
}

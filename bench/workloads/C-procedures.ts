import { callUntil } from '../harness/calls.ts'
import { curvesLastMs, measureCurves } from '../harness/curves.ts'
import { quantile } from '../harness/statistics.ts'
import type { SubjectServer } from '../harness/subject.ts'
import type { Workload } from '../harness/workload.ts'

const PROCEDURES = [10, 30, 100, 300, 1_000, 2_000]
const IN_FLIGHT = 64
/** A connection is made so often, one after the other; said is the median. */
const CONNECTS = 9

export const workload: Workload = {
  about: `unary calls, ${IN_FLIGHT} in flight on one connection, of the last of 10 to 2,000 procedures; and connecting`,
  needs: 'call',
  unit: 'call',
  lasts: (times) => curvesLastMs(PROCEDURES.length, times) + 1_000,
  async run(run) {
    const connect = run.subject.connectToProcedures
    if (connect === undefined) return undefined
    return await measureCurves(run, 'procedures', PROCEDURES, async (count) => {
      const port = (await run.server('procedures', count)) as number
      const took: number[] = []
      let call = await connect(port, count)
      for (let made = 0; made < CONNECTS; made++) {
        const started = performance.now()
        call = await connect(port, count)
        took.push(performance.now() - started)
      }
      const median = quantile(
        took.sort((a, b) => a - b),
        0.5,
      )
      return {
        warmUp: () => callUntil(call, IN_FLIGHT, run.warmUpMs),
        work: () => callUntil(call, IN_FLIGHT, run.measureMs),
        figures: () => [{ metric: 'connect', unit: 'ms', value: median }],
      }
    })
  },
  serverSide: { procedures: (server: SubjectServer, count: number) => server.serveProcedures?.(count) },
}

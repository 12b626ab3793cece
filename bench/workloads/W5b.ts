import { FanOut, publish } from '../harness/fan-out.ts'
import type { Workload } from '../harness/workload.ts'

const CONNECTIONS = 500
const AT_ONCE = 200

export const workload: Workload = {
  about: `${AT_ONCE} events at once to ${CONNECTIONS} connections, the next ${AT_ONCE} when all have them`,
  needs: 'subscribe',
  unit: 'delivery',
  units: 'deliveries',
  async run(run) {
    const fanOut = await FanOut.of(run, CONNECTIONS)
    await fanOut.pushUntil(AT_ONCE, run.warmUpMs)
    return await run.measure(() => fanOut.pushUntil(AT_ONCE, run.measureMs))
  },
  serverSide: { publish },
}

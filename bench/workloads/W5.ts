import { FanOut, publish } from '../harness/fan-out.ts'
import type { Workload } from '../harness/workload.ts'

const CONNECTIONS = 500

export const workload: Workload = {
  about: `one event at a time to ${CONNECTIONS} connections, the next one when all have it`,
  needs: 'subscribe',
  unit: 'delivery',
  units: 'deliveries',
  lasts: ({ warmUpMs, measureMs }) => 500 + warmUpMs + measureMs,
  async run(run) {
    const fanOut = await FanOut.of(run, CONNECTIONS)
    await fanOut.pushUntil(1, run.warmUpMs)
    return await run.measure(() => fanOut.pushUntil(1, run.measureMs))
  },
  serverSide: { publish },
}

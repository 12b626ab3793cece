import { FanOut, publish } from '../harness/fan-out.ts'
import type { Workload } from '../harness/workload.ts'

const CONNECTIONS = 500
const AT_ONCE = 200
/** Warming up in smaller lots keeps to the time that was asked for. */
const WARM_UP_AT_ONCE = 20

export const workload: Workload = {
  about: `${AT_ONCE} events at once to ${CONNECTIONS} connections, the next ${AT_ONCE} when all have them`,
  needs: 'subscribe',
  unit: 'delivery',
  units: 'deliveries',
  // Connecting; and the slowest three need several seconds for one lot.
  lasts: ({ warmUpMs, measureMs }) => 500 + warmUpMs + measureMs + 1_500,
  async run(run) {
    const fanOut = await FanOut.of(run, CONNECTIONS)
    await fanOut.pushUntil(WARM_UP_AT_ONCE, run.warmUpMs)
    return await run.measure(() => fanOut.pushUntil(AT_ONCE, run.measureMs))
  },
  serverSide: { publish },
}

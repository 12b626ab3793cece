import { askUntil } from '../harness/calls.ts'
import { areReadingsFor, inputAt } from '../harness/shapes.ts'
import type { Workload } from '../harness/workload.ts'

const IN_FLIGHT = 64

export const workload: Workload = {
  about: `unary calls answered with ten readings (about 1 KiB as JSON), ${IN_FLIGHT} in flight on one connection`,
  needs: 'history',
  unit: 'call',
  async run({ client, warmUpMs, measureMs, measure }) {
    const calls = { call: client.history!.bind(client), inputAt, isAnswerTo: areReadingsFor }
    await askUntil(calls, IN_FLIGHT, warmUpMs)
    return await measure(() => askUntil(calls, IN_FLIGHT, measureMs))
  },
}

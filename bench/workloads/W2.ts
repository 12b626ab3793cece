import { callUntil } from '../harness/calls.ts'
import type { Workload } from '../harness/workload.ts'

const IN_FLIGHT = 64

export const workload: Workload = {
  about: `unary calls, ${IN_FLIGHT} in flight on one connection`,
  needs: 'call',
  unit: 'call',
  countsAllocations: true,
  async run({ client, warmUpMs, measureMs, measure }) {
    const call = client.call!.bind(client)
    await callUntil(call, IN_FLIGHT, warmUpMs)
    return await measure(() => callUntil(call, IN_FLIGHT, measureMs))
  },
}

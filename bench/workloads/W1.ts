import { timeCalls } from '../harness/call-times.ts'
import { callUntil } from '../harness/calls.ts'
import type { Figure, Workload } from '../harness/workload.ts'

export const workload: Workload = {
  about: 'one unary call at a time',
  needs: 'call',
  unit: 'call',
  countsAllocations: true,
  async run({ client, warmUpMs, measureMs, measure }) {
    const call = client.call!.bind(client)
    await callUntil(call, 1, warmUpMs)
    let latencies = (): readonly Figure[] => []
    const rates = await measure(async () => {
      const times = await timeCalls(call, measureMs)
      latencies = () => times.figures('')
      return times.work
    })
    return [...rates, ...latencies()]
  },
}

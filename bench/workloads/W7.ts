import { echoesOf } from '../harness/blocks.ts'
import { askUntil } from '../harness/calls.ts'
import type { Workload } from '../harness/workload.ts'

const IN_FLIGHT = 8
const BYTES = 64 * 1024

export const workload: Workload = {
  about: `echo of 64 KiB of bytes, ${IN_FLIGHT} in flight on one connection`,
  needs: 'echo',
  unit: 'call',
  async run({ client, warmUpMs, measureMs, measure }) {
    const calls = echoesOf(client.echo!.bind(client), BYTES)
    await askUntil(calls, IN_FLIGHT, warmUpMs)
    const figures = await measure(() => askUntil(calls, IN_FLIGHT, measureMs))
    const rate = figures[0]?.value ?? 0
    return [...figures, { metric: 'payload', unit: 'MB/s', value: (rate * BYTES) / 1e6 }]
  },
}

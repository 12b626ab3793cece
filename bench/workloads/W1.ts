import { callUntil } from '../harness/calls.ts'
import { inputAt, isAnswerTo } from '../harness/shapes.ts'
import { quantile } from '../harness/statistics.ts'
import type { Workload } from '../harness/workload.ts'

/** Enough for ten minutes; were it to grow while it is measured, the measurement would see it. */
const MOST_CALLS = 8_000_000

export const workload: Workload = {
  about: 'one unary call at a time',
  needs: 'call',
  unit: 'call',
  async run({ client, warmUpMs, measureMs, measure }) {
    const call = client.call!.bind(client)
    await callUntil(call, 1, warmUpMs)
    const took = new Float64Array(MOST_CALLS)
    let calls = 0
    const figures = await measure(async () => {
      const started = performance.now()
      const until = started + measureMs
      let now = started
      while (now < until && calls < MOST_CALLS) {
        const input = inputAt(calls)
        const output = await call(input)
        if (!isAnswerTo(input, output)) throw new Error(`${JSON.stringify(output)} answers ${JSON.stringify(input)}`)
        const after = performance.now()
        took[calls++] = after - now
        now = after
      }
      return { amount: calls, seconds: (now - started) / 1000 }
    })
    const sorted = took.subarray(0, calls).sort()
    const latency = (metric: string, share: number) => ({ metric, unit: 'µs', value: quantile(sorted, share) * 1000 })
    return [...figures, latency('p50', 0.5), latency('p99', 0.99)]
  },
}

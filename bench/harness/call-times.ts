import { inputAt, isAnswerTo, type UnaryInput, type UnaryOutput } from './shapes.ts'
import { quantile } from './statistics.ts'
import type { Figure, Work } from './workload.ts'

/** Enough for ten minutes; were it to grow while it is measured, the measurement would see it. */
const MOST_CALLS = 8_000_000
let times: Float64Array | undefined

interface CallTimes {
  readonly work: Work
  /** The median and the 99th of 100, in µs; their names begin so. To be asked before other calls are timed. */
  figures(prefix: string): readonly Figure[]
}

/** Makes one call at a time for so many ms, and takes the time of each. */
export async function timeCalls(
  call: (input: UnaryInput) => Promise<UnaryOutput>,
  milliseconds: number,
): Promise<CallTimes> {
  times ??= new Float64Array(MOST_CALLS)
  const took = times
  let calls = 0
  const started = performance.now()
  const until = started + milliseconds
  let now = started
  while (now < until && calls < MOST_CALLS) {
    const input = inputAt(calls)
    const output = await call(input)
    if (!isAnswerTo(input, output)) throw new Error(`${JSON.stringify(output)} answers ${JSON.stringify(input)}`)
    const after = performance.now()
    took[calls++] = after - now
    now = after
  }
  return {
    work: { amount: calls, seconds: (now - started) / 1000 },
    figures(prefix) {
      const sorted = took.subarray(0, calls).sort()
      const latency = (name: string, share: number) => ({
        ...{ metric: `${prefix}${name}`, unit: 'µs' },
        value: quantile(sorted, share) * 1000,
      })
      return [latency('p50', 0.5), latency('p99', 0.99)]
    },
  }
}

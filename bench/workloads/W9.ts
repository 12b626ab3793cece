import { connections } from '../harness/connections.ts'
import { Latencies } from '../harness/latencies.ts'
import { chance, openLoop, poisson } from '../harness/open-loop.ts'
import { inputAt, isAnswerTo } from '../harness/shapes.ts'
import type { Workload } from '../harness/workload.ts'

const CONNECTIONS = 1_000
/** Of each connection: a quarter of what the slowest subject can bear on one core. */
const PER_SECOND = 5
/** Longer than other workloads: a thousandth of the calls are to be more than a few. */
const TIMES = 4
const SEED = 9

export const workload: Workload = {
  about: `${CONNECTIONS.toLocaleString('en')} connections, each with ${PER_SECOND} calls/s at random moments; latency from when a call was due, answered or not what came before`,
  needs: 'call',
  unit: 'call',
  lasts: ({ warmUpMs, measureMs }) => 1_500 + warmUpMs + TIMES * measureMs,
  async run({ client, connect, warmUpMs, measureMs, measure }) {
    const calls = [client, ...(await connections(connect, CONNECTIONS - 1))].map((each) => each.call!.bind(each))
    const random = chance(SEED)
    const play = (milliseconds: number) =>
      openLoop(poisson(CONNECTIONS * PER_SECOND, milliseconds, random), async (n) => {
        const input = inputAt(n)
        const output = await calls[Math.floor(random() * CONNECTIONS)]!(input)
        if (!isAnswerTo(input, output)) throw new Error(`${JSON.stringify(output)} answers ${JSON.stringify(input)}`)
      })
    await play(warmUpMs)
    let latencies = new Latencies(new Float64Array())
    let lateness = latencies
    const figures = await measure(async () => {
      const played = await play(measureMs * TIMES)
      latencies = new Latencies(played.latencies)
      lateness = new Latencies(played.lateness)
      return { amount: played.latencies.length, seconds: played.seconds }
    })
    // The client polls, so its CPU time says nothing.
    const serverCpu = figures.filter(({ metric }) => metric === 'server-cpu')
    return [
      ...[latencies.quantile('p99'), latencies.quantile('p50'), latencies.quantile('p999'), ...serverCpu],
      ...[{ ...lateness.quantile('p99'), metric: 'late-p99' }, latencies.percentiles()],
    ]
  },
}

import { callUntil } from '../harness/calls.ts'
import { connections } from '../harness/connections.ts'
import { Latencies } from '../harness/latencies.ts'
import { inputAt, isAnswerTo, type UnaryInput, type UnaryOutput } from '../harness/shapes.ts'
import type { Workload } from '../harness/workload.ts'

const CLIENTS = 50
const TASKS = 4
/** For the time it will take: what a subject of the usual speed does. */
const USUAL_PER_SECOND = 100_000

type Call = (input: UnaryInput) => Promise<UnaryOutput>

export const workload: Workload = {
  about: `a load demo: ${CLIENTS} clients, each with ${TASKS} tasks, each with --calls calls one after the other (50,000)`,
  needs: 'call',
  unit: 'call',
  lasts: ({ warmUpMs, calls }) => warmUpMs + ((CLIENTS * TASKS * calls) / USUAL_PER_SECOND) * 1000,
  async run({ client, connect, warmUpMs, measure, calls }) {
    const clients = [client, ...(await connections(connect, CLIENTS - 1))].map((each): Call => each.call!.bind(each))
    await Promise.all(clients.map((call) => callUntil(call, TASKS, warmUpMs)))
    const took = new Float64Array(CLIENTS * TASKS * calls)
    const rates = await measure(async () => {
      const started = performance.now()
      const tasks = clients.flatMap((call) => Array.from({ length: TASKS }, () => call))
      await Promise.all(tasks.map((call, task) => timeTask(call, took.subarray(task * calls, (task + 1) * calls))))
      return { amount: took.length, seconds: (performance.now() - started) / 1000 }
    })
    const latencies = new Latencies(took)
    return [...rates, ...latencies.summary(), latencies.quantile('p99'), latencies.percentiles()]
  },
}

/** As many calls as there is room for, one after the other; notes how many ms each took. */
async function timeTask(call: Call, took: Float64Array): Promise<void> {
  let now = performance.now()
  for (let n = 0; n < took.length; n++) {
    const input = inputAt(n)
    const output = await call(input)
    if (!isAnswerTo(input, output)) throw new Error(`${JSON.stringify(output)} answers ${JSON.stringify(input)}`)
    const after = performance.now()
    took[n] = after - now
    now = after
  }
}

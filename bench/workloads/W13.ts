import { callUntil } from '../harness/calls.ts'
import { connections } from '../harness/connections.ts'
import type { SubjectClient } from '../harness/subject.ts'
import type { Work, Workload } from '../harness/workload.ts'

const CONNECTIONS = 8
const IN_FLIGHT = 8

export const workload: Workload = {
  about: `${CONNECTIONS} connections with ${IN_FLIGHT} unary calls in flight on each, whose handler computes for about 50 µs`,
  needs: 'compute',
  unit: 'call',
  async run({ client, connect, warmUpMs, measureMs, measure }) {
    const clients = [client, ...(await connections(connect, CONNECTIONS - 1))]
    await callOnAll(clients, warmUpMs)
    return await measure(() => callOnAll(clients, measureMs))
  },
}

async function callOnAll(clients: readonly SubjectClient[], milliseconds: number): Promise<Work> {
  const all = await Promise.all(clients.map((each) => callUntil(each.compute!.bind(each), IN_FLIGHT, milliseconds)))
  return {
    amount: all.reduce((sum, { amount }) => sum + amount, 0),
    seconds: Math.max(...all.map(({ seconds }) => seconds)),
  }
}

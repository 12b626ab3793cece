import { setTimeout as sleep } from 'node:timers/promises'
import { connections } from '../harness/connections.ts'
import { cutSockets, watchSockets } from '../harness/cuttable-sockets.ts'
import { Latencies } from '../harness/latencies.ts'
import { mostConnections, openFiles } from '../harness/open-files.ts'
import { eventAt, inputAt, isAnswerTo, isEventAt } from '../harness/shapes.ts'
import type { SubjectClient, SubjectServer } from '../harness/subject.ts'
import type { Workload } from '../harness/workload.ts'

const SESSIONS = 5_000
/** How long an event may take after everybody is back. */
const EVENTS_MS = 500

export const workload: Workload = {
  about: `${SESSIONS.toLocaleString('en')} clients with a subscription each come back at once after a cut; live is who had a call answered again; missed is who did not get the event that was published meanwhile`,
  needs: 'returned',
  unit: 'session',
  lasts: () => 8_000,
  async run(run) {
    await run.server('watchSockets')
    const count = Math.min(SESSIONS, await mostConnections(run))
    const events = new EventCount()
    const clients = await connections(run.connect, count, (client) => events.listen(client))
    await run.server('publish', 0)
    await events.all(count, 1)
    const live = new Float64Array(count)
    const figures = await run.measure(async () => {
      const started = performance.now()
      const back = clients.map(async (client, index) => {
        await client.returned!()
        const input = inputAt(index)
        const output = await client.call!(input)
        if (!isAnswerTo(input, output)) throw new Error(`${JSON.stringify(output)} answers ${JSON.stringify(input)}`)
        live[index] = performance.now() - started
      })
      const cut = (await run.server('cut', 1)) as number
      if (cut !== count) throw new Error(`${cut} connections were cut, there were ${count}`)
      await Promise.all(back)
      return { amount: count, seconds: (performance.now() - started) / 1000 }
    })
    await sleep(EVENTS_MS)
    const latencies = new Latencies(live)
    const inMs = (name: `p${number}`, metric: string) => {
      const { value } = latencies.quantile(name)
      return { metric, unit: 'ms', value: value / 1000 }
    }
    return [
      { metric: 'all-live', unit: 'ms', value: live.at(-1) ?? Number.NaN },
      ...[inMs('p50', 'live-p50'), inMs('p99', 'live-p99')],
      ...figures.filter(({ metric }) => metric !== 'rate'),
      { metric: 'missed', unit: '%', value: (100 * (count - events.with(2))) / count },
      { metric: 'sessions', unit: 'sessions', value: count },
      latencies.percentiles(),
    ]
  },
  serverSide: {
    ...{ openFiles, watchSockets },
    publish: (server: SubjectServer, id: number) => server.publish?.(eventAt(id)),
    cut(server: SubjectServer, id: number) {
      const cut = cutSockets()
      // Nobody is there to hear it.
      server.publish?.(eventAt(id))
      return cut
    },
  },
}

/** How many events each client has got, in order from the first. */
class EventCount {
  readonly #got: number[] = []

  async listen(client: SubjectClient): Promise<void> {
    const place = this.#got.push(0) - 1
    const next = (event: ReturnType<typeof eventAt>) => {
      if (isEventAt(this.#got[place] ?? 0, event)) this.#got[place] = (this.#got[place] ?? 0) + 1
    }
    // A subscription that ends got less than it should, which is counted.
    await client.subscribe!(next, () => {})
  }

  with(events: number): number {
    return this.#got.filter((got) => got >= events).length
  }

  async all(clients: number, events: number): Promise<void> {
    while (this.with(events) < clients) await sleep(10)
  }
}

import { Session } from 'node:inspector/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { connections } from '../harness/connections.ts'
import type { SubjectClient } from '../harness/subject.ts'
import type { Workload } from '../harness/workload.ts'

const CONNECTIONS = 2_000
/** Of them some subscribe to more, so that there are 5,000 subscriptions more. */
const BUSIER = 500
const MORE = 10

export const workload: Workload = {
  about: `memory of the server for each of ${CONNECTIONS.toLocaleString('en')} idle connections with one subscription, and for each further subscription`,
  needs: 'subscribe',
  unit: 'connection',
  lasts: () => 5_000,
  async run({ client, connect, server }) {
    const nothing = () => {}
    const listen = (each: SubjectClient) => each.subscribe!(nothing, nothing)
    await listen(client)
    const empty = (await server('settledRss')) as number
    // How quickly connections are made is not what is asked.
    const others = await connections(connect, CONNECTIONS - 1, listen)
    const full = (await server('settledRss')) as number
    const memory = { metric: 'memory', unit: 'KiB', value: (full - empty) / (CONNECTIONS - 1) / 1024 }
    if (client.subscribeTo === undefined) return [memory]
    for (const each of others.slice(0, BUSIER)) {
      await Promise.all(Array.from({ length: MORE }, (_, topic) => each.subscribeTo!(topic)))
    }
    const fuller = (await server('settledRss')) as number
    return [memory, { metric: 'subscription', unit: 'KiB', value: (fuller - full) / (BUSIER * MORE) / 1024 }]
  },
  serverSide: {
    settledRss,
  },
}

/**
 * Resident memory once garbage is collected and what was freed has been given back, in bytes. An ordinary collection
 * keeps the pages of young objects, some megabytes, until the engine finds the process idle for long enough; the one that
 * it runs when it is told that memory is low gives back all at once, and the figure is the same again and again.
 */
async function settledRss(): Promise<number> {
  let least = Number.POSITIVE_INFINITY
  const session = new Session()
  session.connect()
  for (let round = 0; round < 3; round++) {
    if (Bun === undefined) await session.post('HeapProfiler.collectGarbage')
    else Bun.gc(true)
    await sleep(100)
    least = Math.min(least, process.memoryUsage.rss())
  }
  session.disconnect()
  return least
}

const { Bun } = globalThis as { readonly Bun?: { gc(synchronously: boolean): void } }

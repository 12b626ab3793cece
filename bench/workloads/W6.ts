import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import type { Workload } from '../harness/workload.ts'

const CONNECTIONS = 2_000

export const workload: Workload = {
  about: `memory of the server for each of ${CONNECTIONS.toLocaleString('en')} idle connections with one subscription`,
  needs: 'subscribe',
  unit: 'connection',
  async run({ client, connect, server }) {
    await client.subscribe!(
      () => {},
      () => {},
    )
    const empty = (await server('settledRss')) as number
    // A few at a time: how quickly connections are made is not what is asked.
    for (let made = 1; made < CONNECTIONS; made += 50) {
      await Promise.all(
        Array.from({ length: Math.min(50, CONNECTIONS - made) }, async () => {
          await (await connect()).subscribe!(
            () => {},
            () => {},
          )
        }),
      )
    }
    const full = (await server('settledRss')) as number
    return [{ metric: 'memory', unit: 'KiB', value: (full - empty) / (CONNECTIONS - 1) / 1024 }]
  },
  serverSide: {
    settledRss,
  },
}

/**
 * Resident memory once garbage is collected and what was freed has been given back, in bytes. The engine gives back the
 * pages of young objects only after some quiet collections: with fewer than these, the figure says how much garbage
 * was made while connecting.
 */
async function settledRss(): Promise<number> {
  const collect = collector()
  let least = Number.POSITIVE_INFINITY
  for (let round = 0; round < 20; round++) {
    collect()
    await new Promise((resolve) => setTimeout(resolve, 100))
    least = Math.min(least, process.memoryUsage.rss())
  }
  return least
}

function collector(): () => void {
  const { Bun } = globalThis as { readonly Bun?: { gc(synchronously: boolean): void } }
  if (Bun !== undefined) return () => Bun.gc(true)
  setFlagsFromString('--expose-gc')
  return runInNewContext('gc') as () => void
}

import { setTimeout as delay } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import type { Client } from '@wirepact/client'
import { connect } from '@wirepact/client/node'
import { contract, event, procedure } from '@wirepact/contract'
import { type Connection, createServer, type ServerOptions } from '@wirepact/server'
import { listen } from '@wirepact/server/node'
import { Network } from '@wirepact/testing'
import { it, onTestFinished } from 'vitest'
import { z } from 'zod'
import { sizesIn } from './private-sizes.ts'
import { atMost, none, type Shown, show } from './shown.ts'
import { long, seed } from './size.ts'

const real = long ? 100_000 : 400
const virtual = long ? 20_000 : 1_600
/** Cycles before what is there counts as the baseline: code is compiled, buffers have grown. */
const warmUp = long ? 2_000 : 200
const atOnce = 25
const rooms = 50

const shared = contract({
  server: { add: procedure({ input: z.number(), output: z.number() }) },
  client: { confirm: procedure({ output: z.boolean() }) },
  events: { tick: event({ topic: z.object({ room: z.number() }), payload: z.number(), onGap: 'skip' }) },
})

/** A server, and the connections of its clients by their names. */
function serve(options: Partial<ServerOptions<typeof shared, string>> = {}) {
  const present = new Map<string, Connection<typeof shared, string>>()
  const counts = { begun: 0, returned: 0, ended: 0 }
  const server = createServer<typeof shared, string>(shared, {
    authenticate: ({ credentials }) => String(credentials),
    handlers: {
      async add({ input, connection }) {
        await connection.events.tick.join({ room: (input + 1) % rooms })
        return (await connection.api.confirm()) ? input + 1 : 0
      },
    },
    onSession({ connection }) {
      counts.begun++
      present.set(connection.context, connection)
      return () => {
        counts.ended++
        present.delete(connection.context)
      }
    },
    onReturn: () => void counts.returned++,
    report: () => {},
    // What stays after a client has gone shall stay for moments only.
    ...{ lingerMs: 10, keyTtlMs: 50 },
    ...options,
  })
  return { server, present, counts }
}

const clientOptions = {
  ...{ handlers: { confirm: () => true }, report: () => {} },
  reconnect: { baseMs: 1, capMs: 4, firstMs: 1 },
} as const

/** One life of a client: a subscription, a call with a key, a cut, another call on the same session, and the end. */
async function live(client: Client<typeof shared>, n: number, cut: () => void): Promise<void> {
  const { ready } = client.events.tick.subscribe({ room: n % rooms }, { next() {} })
  const first = await client.api.add(n, { key: `k${n}` })
  await ready
  cut()
  const second = await client.api.add(n)
  if (first !== n + 1 || second !== n + 1) throw new Error(`${n} + 1 is not ${first} or ${second}`)
  await client.close()
}

/** Runs so many, a few at a time. */
async function repeat(count: number, cycle: (n: number) => Promise<void>): Promise<void> {
  let begun = 0
  const line = async () => {
    while (begun < count) await cycle(begun++)
  }
  await Promise.all(Array.from({ length: atOnce }, line))
}

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

/** What is held: by the collections of the server, by the process to stay awake, and on the heap. */
function held(server: object): Record<string, number> {
  const counts = sizesIn(server)
  for (const name of process.getActiveResourcesInfo()) {
    // The others are the test runner's, and come and go.
    if (/^(TCP|Timeout)/.test(name)) counts[name] = (counts[name] ?? 0) + 1
  }
  return counts
}

function heapMiB(): number {
  collect()
  collect()
  return process.memoryUsage().heapUsed / 1024 / 1024
}

/** What is held more of than before. */
function grown(before: Record<string, number>, after: Record<string, number>): string[] {
  return Object.entries(after)
    .filter(([name, count]) => count > (before[name] ?? 0))
    .map(([name, count]) => `${name}: ${before[name] ?? 0} → ${count}`)
}

/** Runs the cycles twice, first to warm up, and says what the second time left behind. */
async function leftBehind(
  where: string,
  count: number,
  {
    server,
    counts,
    run,
    calm,
  }: {
    server: object
    counts: Record<'begun' | 'returned' | 'ended', number>
    run(count: number): Promise<void>
    calm(): Promise<void>
  },
): Promise<Shown[]> {
  // Keys that have expired leave the store with the next one that comes.
  const settle = async () => {
    await calm()
    await run(1)
    await calm()
  }
  await run(warmUp)
  await settle()
  const before = held(server)
  const heapBefore = heapMiB()
  const started = performance.now()
  await run(count)
  const seconds = (performance.now() - started) / 1000
  for (let look = 0; look < 100 && grown(before, held(server)).length > 0; look++) await settle()
  const left = grown(before, held(server))
  const notResumed = counts.begun - counts.returned
  console.log(`cycles: ${where}: ${count} in ${seconds.toFixed(1)} s; ${Object.keys(before).length} counts compared`)
  return [
    none(`${where}: of ${counts.begun} sessions did not end`, counts.begun - counts.ended),
    none(`${where}: of ${counts.begun} sessions were not resumed`, notResumed),
    {
      promise: `${where}: timers, handles and collections after ${count} cycles`,
      figure: left.join(', ') || 'as before',
      bound: 'as before',
      kept: left.length === 0,
    },
    // A session with its client and both sockets has some 40 kB: one that stays in a thousand would be seen.
    atMost(`${where}: heap after ${count} cycles`, heapMiB() - heapBefore, 4, 'MiB more'),
  ]
}

it('connect, resume and close over real sockets leave nothing behind', { timeout: 900_000 }, async () => {
  const { server, present, counts } = serve()
  const { url } = await listen(server, { port: 0, host: '127.0.0.1' })
  onTestFinished(() => server.close())
  const cycle = (n: number) => {
    const name = `c${n}`
    return live(connect(shared, url, { ...clientOptions, credentials: name }), n, () => present.get(name)?.terminate())
  }
  const calm = () => delay(100)
  show(
    'cycles',
    seed,
    await leftBehind('sockets', real, { server, counts, calm, run: (count) => repeat(count, cycle) }),
  )
})

it('connect, resume and close in virtual time leave nothing behind', { timeout: 900_000 }, async () => {
  const network = new Network({ seed })
  const { server, present, counts } = serve({ system: network.serverSystem })
  network.serve(server)
  const cycle = (n: number) => {
    const name = `c${n}`
    const client = network.connect(shared, { ...clientOptions, credentials: name })
    return live(client, n, () => present.get(name)?.terminate())
  }
  const calm = () => network.advance(1_000)
  const run = (count: number) => network.until(repeat(count, cycle), 3_600_000_000)
  const shown = await leftBehind('virtual', virtual, { server, counts, calm, run })
  // Only what the heartbeat may have left for its next round.
  await network.until(server.close())
  await network.advance(60_000)
  show('cycles', seed, [...shown, none('virtual: timers after the server has closed', network.clock.pending)])
})

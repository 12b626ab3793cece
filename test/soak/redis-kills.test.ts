import { setTimeout as sleep } from 'node:timers/promises'
import { connect } from '@wirepact/client/node'
import { contract, event } from '@wirepact/contract'
import { RedisLog } from '@wirepact/eventlog-redis'
import { createServer } from '@wirepact/server'
import { listen } from '@wirepact/server/node'
import { SeededRandom } from '@wirepact/testing'
import { describe, it } from 'vitest'
import { z } from 'zod'
import { until } from '../engines/redis/reader.ts'
import { present, startRedis } from '../engines/servers.ts'
import { provideRedis } from '../setup/engines.mjs'
import { none, type Shown, show } from './shown.ts'
import { long, seed } from './size.ts'

const kills = long ? 20 : 2
const rooms = ['a', 'b', 'c', 'd']
const clientsPerNode = 5

const shared = contract({
  events: { tick: event({ topic: z.object({ room: z.string() }), payload: z.number(), onGap: 'skip' }) },
})

/** A server with its own connection to the engine, and clients of it, each of which listens to a room. */
async function startNode(url: string, durable: boolean) {
  const log = new RedisLog({
    url,
    durable,
    recordsPerTopic: 1_000_000,
    bytesPerTopic: 1e9,
    compareMs: 1_000,
    report: () => {},
  })
  const server = createServer(shared, { log, handlers: {}, report: () => {} })
  const { port } = await listen(server, { port: 0, host: '127.0.0.1' })
  const clients = await Promise.all(
    Array.from({ length: clientsPerNode }, async (_, n) => {
      const client = connect(shared, `ws://127.0.0.1:${port}`)
      const heard: number[] = []
      const gaps: string[] = []
      const room = rooms[n % rooms.length] as string
      const hear = { next: (n: number) => heard.push(n), gap: ({ reason }: { reason: string }) => gaps.push(reason) }
      await client.events.tick.subscribe({ room }, hear).ready
      return { client, room, heard, gaps }
    }),
  )
  const close = async () => {
    await Promise.all(clients.map(({ client }) => client.close()))
    await server.close()
    await log.close()
  }
  return { log, server, clients, close }
}

/** Publishes to all rooms from all nodes, a few at once, until it is stopped; what was acknowledged, by room. */
function publishing(nodes: readonly Awaited<ReturnType<typeof startNode>>[]) {
  const acknowledged = new Map<string, number[]>(rooms.map((room) => [room, []]))
  let next = 0
  let failed = 0
  let over = false
  const workers = Array.from({ length: 16 }, async (_, worker) => {
    const { server } = nodes[worker % nodes.length] as (typeof nodes)[number]
    while (!over) {
      const n = ++next
      const room = rooms[n % rooms.length] as string
      await server.events.tick.publish({ room }, n).then(
        () => acknowledged.get(room)?.push(n),
        () => failed++,
      )
      await sleep(2)
    }
  })
  const stop = async () => {
    over = true
    await Promise.all(workers)
    return { acknowledged, failed, published: next }
  }
  return { stop }
}

describe.runIf(present('redis-server', await provideRedis()))('an engine that is killed again and again', () => {
  it('with its file, loses nothing that it acknowledged', { timeout: 300_000 }, async () => {
    const random = new SeededRandom(seed)
    await using engine = await startRedis('--appendonly', 'yes', '--appendfsync', 'always')
    const url = `redis://127.0.0.1:${engine.port}`
    const nodes = [await startNode(url, true), await startNode(url, true)]
    const load = publishing(nodes)
    for (let count = 0; count < kills; count++) {
      await sleep(100 + random.below(long ? 900 : 200))
      await engine.kill()
      await sleep(random.below(long ? 500 : 100))
      await engine.start()
    }
    await sleep(500)
    const { acknowledged, failed, published } = await load.stop()
    const kept = new Map<string, number[]>()
    const distinct = new Map<string, number>()
    const all = nodes.flatMap(({ clients }) => clients)
    const total = (map: Map<string, number[]>) => [...map.values()].reduce((sum, each) => sum + each.length, 0)
    // A room's first client stands for what the log has; that all of them heard the same is looked at below.
    for (const room of rooms) {
      const told = all.find((each) => each.room === room) as (typeof all)[number]
      const owed = acknowledged.get(room) ?? []
      await until('everything that was acknowledged was heard', () => told.heard.length >= owed.length, 20_000)
      await sleep(200)
      kept.set(room, [...told.heard])
      distinct.set(room, new Set(told.heard).size)
    }
    const lost = rooms.flatMap((room) => {
      const heard = new Set(kept.get(room))
      return (acknowledged.get(room) ?? []).filter((n) => !heard.has(n))
    })
    const doubled = rooms.reduce((sum, room) => sum + (kept.get(room)?.length ?? 0) - (distinct.get(room) ?? 0), 0)
    const different = all.filter(({ room, heard }) => JSON.stringify(heard) !== JSON.stringify(kept.get(room)))
    const gaps = all.flatMap((each) => each.gaps)
    await Promise.all(nodes.map(({ close }) => close()))
    const said = `${kills} kills, ${published} published, ${total(acknowledged)} acknowledged, ${failed} failed typed`
    const shown: Shown[] = [
      none(`acknowledged events lost (${said})`, lost.length),
      none('events that came twice', doubled),
      none(`of ${all.length} clients, those that heard something else`, different.length),
      none('gaps', gaps.length),
      { promise: 'events acknowledged', figure: `${total(acknowledged)}`, bound: '> 0', kept: total(acknowledged) > 0 },
    ]
    show('redis-kills', seed, shown)
  })

  it('without, tells everybody of a gap soon after it is back', { timeout: 300_000 }, async () => {
    const rounds = long ? 10 : 1
    let [untold, falsely, slowestMs] = [0, 0, 0]
    await using engine = await startRedis()
    const url = `redis://127.0.0.1:${engine.port}`
    const nodes = [await startNode(url, false), await startNode(url, false)]
    const all = nodes.flatMap(({ clients }) => clients)
    const load = publishing(nodes)
    for (let round = 1; round <= rounds; round++) {
      await sleep(300)
      const before = all.map(({ gaps }) => gaps.length)
      await engine.kill()
      await engine.start()
      const back = performance.now()
      const told = () => all.every(({ gaps }, n) => gaps.length > (before[n] ?? 0))
      await until('everybody was told', told, 10_000).catch(() => {})
      slowestMs = Math.max(slowestMs, performance.now() - back)
      untold += all.filter(({ gaps }, n) => gaps.length === before[n]).length
    }
    await load.stop()
    for (const { gaps, heard } of all) {
      falsely += gaps.filter((reason) => reason !== 'epoch').length
      falsely += heard.length - new Set(heard).size
    }
    await Promise.all(nodes.map(({ close }) => close()))
    show('redis-kills', seed, [
      none(`of ${all.length} clients, those not told of a gap in ${rounds} restarts`, untold),
      none('events that came twice, or gaps of another kind', falsely),
      {
        promise: 'the last of them was told after',
        figure: `${Math.round(slowestMs)} ms`,
        bound: '≤ 10000 ms',
        kept: slowestMs <= 10_000,
      },
    ])
  })
})

import { setTimeout as delay } from 'node:timers/promises'
import type { Client } from '@wirepact/client'
import { connect } from '@wirepact/client/node'
import type { Engine } from '../../engines/engine.ts'
import { ask } from '../../engines/redis/ask.ts'
import { atMost, none, type Shown } from '../shown.ts'
import { NodeGroup } from './group.ts'
import { sum } from './hearer.ts'
import { comesTrue, publisherOf } from './publishing.ts'
import { served } from './served.ts'

type Publisher = Awaited<ReturnType<typeof publisherOf>>

/** Many topics with one subscriber each, then one topic with many subscribers, and what the engine sees of it. */
export async function many(topics: number, subscribers: number, moving: number): Promise<Shown[]> {
  await using group = await NodeGroup.start('redis', { durable: false })
  const server = await publisherOf(group)
  await server.events.room.publish({ room: 0 }, 0)
  const before = await connectionsOf(group.engine)
  const lines = [
    ...(await manyTopics(group, server, topics, before)),
    ...(await manySubscribers(group, server, subscribers, before)),
    ...(await manyThatMove(group, server, moving)),
  ]
  await server.close()
  return lines
}

async function manyTopics(group: NodeGroup, server: Publisher, topics: number, before: number): Promise<Shown[]> {
  const clients = open(group, Math.ceil(topics / 100))
  const heard = new Uint8Array(topics + 1)
  let wrong = 0
  const ready: Promise<void>[] = []
  for (let room = 1; room <= topics; room++) {
    const next = (n: number) => {
      if (n === room) heard[room] = (heard[room] ?? 0) + 1
      else wrong++
    }
    const { events } = clients[room % clients.length] as Client<typeof served>
    ready.push(events.room.subscribe({ room }, { next, gap: () => wrong++ }).ready)
  }
  await Promise.all(ready)
  const during = await connectionsOf(group.engine)
  for (let room = 1; room <= topics; room += 500) {
    const some = Array.from({ length: Math.min(500, topics - room + 1) }, (_, index) => room + index)
    await Promise.all(some.map((each) => server.events.room.publish({ room: each }, each)))
  }
  await comesTrue(() => sum(heard) === topics, 20_000)
  await delay(100)
  await Promise.all(clients.map((client) => client.close()))
  return [
    none(`of ${topics} topics with one subscriber each did not deliver exactly once`, countIn(heard, topics)),
    none('events of another topic, and gaps', wrong),
    none(`more engine connections than the ${before} without subscribers`, Math.max(0, during - before)),
  ]
}

async function manySubscribers(
  group: NodeGroup,
  server: Publisher,
  subscribers: number,
  before: number,
): Promise<Shown[]> {
  const events = 10
  const heard = new Uint8Array(subscribers + 1)
  let wrong = 0
  const clients: Client<typeof served>[] = []
  for (let each = 1; each <= subscribers; ) {
    const some = open(group, Math.min(200, subscribers - each + 1))
    clients.push(...some)
    await Promise.all(
      some.map((client) => {
        const index = each++
        const next = (n: number) => {
          if (n === heard[index]) heard[index] = n + 1
          else wrong++
        }
        return client.events.room.subscribe({ room: -1 }, { next, gap: () => wrong++ }).ready
      }),
    )
  }
  const during = await connectionsOf(group.engine)
  const readsBefore = await readsOf(group.engine)
  const began = performance.now()
  for (let n = 0; n < events; n++) await server.events.room.publish({ room: -1 }, n)
  const complete = await comesTrue(() => heard.subarray(1).every((each) => each === events), 30_000)
  const ms = performance.now() - began
  const reads = (await readsOf(group.engine)) - readsBefore
  const held = (await Promise.all(group.ports.map((_, index) => group.report(index)))).map((each) => each.connections)
  await Promise.all(clients.map((client) => client.close()))
  return [
    none(
      `of ${subscribers} subscribers of one topic (${held.join(' and ')} on the nodes) did not hear all of ${events} events`,
      heard.subarray(1).filter((each) => each !== events).length,
    ),
    none('events out of order, and gaps', wrong),
    none(`more engine connections than the ${before} without subscribers`, Math.max(0, during - before)),
    atMost(
      `reads of the engine for ${complete ? events * subscribers : 0} deliveries in ${Math.round(ms)} ms`,
      reads,
      40,
      '',
    ),
  ]
}

/** A node dies under its subscribers of one topic, while more is published: all move to the other one. */
async function manyThatMove(group: NodeGroup, server: Publisher, subscribers: number): Promise<Shown[]> {
  const clients = Array.from({ length: subscribers }, () =>
    connect(served, group.url, { credentials: 'many', report: () => {}, reconnect: { baseMs: 200, stableMs: 100 } }),
  )
  const heard = new Uint16Array(subscribers)
  let wrong = 0
  const listen = ({ events }: Client<typeof served>, index: number) => {
    const next = (n: number) => {
      if (n === heard[index]) heard[index] = n + 1
      else wrong++
    }
    return events.room.subscribe({ room: -2 }, { next, gap: () => wrong++ }).ready
  }
  await Promise.all(clients.map(listen))
  const { connections } = await group.report(0)
  const readsBefore = await readsOf(group.engine)
  let made = 0
  const publish = async (count: number) => {
    for (const end = made + count; made < end; await delay(20)) await server.events.room.publish({ room: -2 }, made++)
  }
  await publish(10)
  await group.killNode(0)
  await publish(100)
  const complete = await comesTrue(() => heard.every((each) => each === made), 30_000)
  const reads = (await readsOf(group.engine)) - readsBefore
  await Promise.all(clients.map((client) => client.close()))
  return [
    none(
      `of ${connections} subscribers whose node was killed, and those of the other, did not hear all of ${made} events`,
      heard.filter((each) => each !== made).length,
    ),
    none('events twice, out of order, and gaps', wrong),
    // One at a time for each topic and node, shared by all who ask meanwhile; who is read for while more is published reads
    // on. The fewer they are, the less they share.
    atMost(
      `reads of the engine until all had caught up${complete ? '' : ', which they did not'}`,
      reads,
      2 * connections,
      '',
    ),
  ]
}

function open(group: NodeGroup, count: number): Client<typeof served>[] {
  return Array.from({ length: count }, (_, index) => {
    // Past the balancer, which would need four sockets for each: all of them would not fit into one process.
    const port = group.ports[index % group.ports.length]
    return connect(served, `ws://127.0.0.1:${port}`, {
      credentials: 'many',
      report: () => {},
      connectTimeoutMs: 30_000,
    })
  })
}

function countIn(heard: Uint8Array, count: number): number {
  return heard.subarray(1, count + 1).filter((each) => each !== 1).length
}

async function infoOf(engine: Engine, section: string, field: RegExp): Promise<number> {
  return Number(field.exec(String(await ask(engine, 'INFO', section)))?.[1] ?? Number.NaN)
}

/** The one that asks is not counted. */
async function connectionsOf(engine: Engine): Promise<number> {
  return (await infoOf(engine, 'clients', /connected_clients:(\d+)/)) - 1
}

async function readsOf(engine: Engine): Promise<number> {
  return infoOf(engine, 'commandstats', /cmdstat_xrange:calls=(\d+)/).then((calls) => calls || 0)
}

import { contract, event } from '@wirepact/contract'
import { type EventLog, MemoryLog, type ReadResult } from '@wirepact/eventlog'
import { createServer } from '@wirepact/server'
import { Network } from '@wirepact/testing'
import { expect, it } from 'vitest'
import { z } from 'zod'
import { atMost, none, type Shown, show } from './shown.ts'
import { long, seed } from './size.ts'

const clients = long ? 5_000 : 1_000
const rooms = long ? 20 : 5
/** How long the log takes to answer: long enough for clients to come while it is being asked. */
const readMs = 40

const shared = contract({
  events: { tick: event({ topic: z.object({ room: z.number() }), payload: z.number(), onGap: 'skip' }) },
})

/** A log over a network, which counts how often it is asked at once for one topic. */
function counting(log: MemoryLog, network: Network) {
  const counts = { reads: 0, mostAtOnce: 0 }
  const inFlight = new Map<string, number>()
  const slow: EventLog = {
    caps: { durable: true, shared: true },
    kv: log.kv,
    append: (...given) => log.append(...given),
    head: (topic) => log.head(topic),
    heads: (topics) => log.heads(topics),
    watch: (topic, listener) => log.watch(topic, listener),
    close: () => log.close(),
    async read(topic, ...rest): Promise<ReadResult> {
      const now = (inFlight.get(topic) ?? 0) + 1
      inFlight.set(topic, now)
      counts.reads++
      counts.mostAtOnce = Math.max(counts.mostAtOnce, now)
      await new Promise<void>((resolve) => network.clock.schedule(readMs, resolve))
      inFlight.set(topic, (inFlight.get(topic) ?? 0) - 1)
      return log.read(topic, ...rest)
    },
  }
  return { slow, counts }
}

/** Clients of one node that listen to rooms in which something happens all the while, and the node that follows it. */
async function crowded() {
  const network = new Network({ seed })
  const { clock } = network
  const log = new MemoryLog({ now: () => clock.now(), epoch: 'one' })
  const { slow, counts } = counting(log, network)
  const make = () =>
    createServer(shared, {
      ...{ system: network.serverSystem, log: slow, report: () => {}, handlers: {} },
      limits: { waitingConnections: clients },
    })
  const old = make()
  network.serve(old)
  const all = Array.from({ length: clients }, () => network.connect(shared, { report: () => {} }))
  const seen = { wrong: 0, gaps: 0 }
  const next = all.map((client, index) => {
    const place = { next: 1 }
    const room = index % rooms
    client.events.tick.subscribe(
      { room },
      {
        next(n) {
          if (n !== place.next) seen.wrong++
          place.next = n + 1
        },
        gap: () => seen.gaps++,
      },
    )
    return place
  })
  await network.advance(6_000)
  expect(old.connections.size).toBe(clients)
  let published = 0
  const publish = async () => {
    published++
    for (let room = 0; room < rooms; room++) await node.now.events.tick.publish({ room }, published)
  }
  const node = { now: old }
  /** Lets time pass, with something happening in every room each second. */
  const live = async (seconds: number) => {
    for (let second = 0; second < seconds; second++) {
      await network.until(publish())
      await network.advance(1_000)
    }
  }
  const came: number[] = []
  const follow = (from: number) => {
    for (const { status } of all)
      status.subscribe(({ phase }) => {
        if (phase === 'connected') came.push(clock.now() - from)
      })
  }
  const close = () =>
    network.until(Promise.all([...all.map((client) => client.close()), node.now.close(), old.close()]))
  const lost = () => next.filter((place) => place.next !== published + 1).length
  return { network, clock, make, old, node, live, follow, came, counts, seen, lost, close }
}

/** Counts of each window of so many ms. */
function histogram(moments: readonly number[], windowMs: number, totalMs: number): number[] {
  const counts = new Array<number>(Math.ceil(totalMs / windowMs)).fill(0)
  for (const at of moments) {
    const index = Math.min(counts.length - 1, Math.floor(at / windowMs))
    counts[index] = (counts[index] ?? 0) + 1
  }
  return counts
}

// If each moment of the window is equally likely, a count is a draw of `clients` with the chance `1 / windows`: beyond 5
// standard deviations lies one window in a million.
function fair(windows: number, deviations: number): number {
  const expected = clients / windows
  return Math.round(expected + deviations * Math.sqrt(expected * (1 - 1 / windows)))
}

const timeout = 600_000

it('a drain spreads its clients over the window it named, and nothing is lost on the way', { timeout }, async () => {
  const { network, clock, make, old, node, live, follow, came, counts, seen, lost, close } = await crowded()
  const windowMs = 30_000
  await live(3)
  const arrival = { ...counts }
  expect(arrival.reads).toBeGreaterThan(0)
  counts.reads = 0
  counts.mostAtOnce = 0
  node.now = make()
  network.serve(node.now)
  follow(clock.now())
  const drained = old.drain({ deadlineMs: 60_000, spreadMs: windowMs })
  await live(32)
  await network.until(drained)
  await live(10)
  const seconds = histogram(came, 1_000, windowMs + 2_000)
  const tenths = histogram(came, 100, windowMs + 2_000)
  const full = seconds.slice(0, windowMs / 1_000)
  const [leastFair, fairly] = [fair(full.length, -5), fair(full.length, 5)]
  const least = Math.min(...full)
  const lines: Shown[] = [
    atMost(`clients in the fullest second of ${windowMs / 1_000}`, Math.max(...full), fairly, 'clients'),
    atMost(`of ${clients} clients in the fullest 100 ms`, (100 * Math.max(...tenths)) / clients, 1, '%'),
    {
      promise: 'clients in the emptiest second',
      figure: `${least} clients`,
      bound: `≥ ${leastFair} clients`,
      kept: least >= leastFair,
    },
    none('clients that did not come, or came twice', Math.abs(came.length - clients)),
    none('clients that missed an event or saw it out of order', lost() + seen.wrong),
    none('false gaps', seen.gaps),
    atMost('log reads of a topic at once, when all come at once', arrival.mostAtOnce, 1, ''),
    atMost('log reads of a topic at once, after goaway', counts.mostAtOnce, 1, ''),
  ]
  console.log(`goaway: clients in each second: ${seconds.join(' ')}`)
  await close()
  show('goaway', seed, lines)
})

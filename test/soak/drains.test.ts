import { contract, event, notification, procedure } from '@wirepact/contract'
import { MemoryLog } from '@wirepact/eventlog'
import { createServer } from '@wirepact/server'
import { Network } from '@wirepact/testing'
import { expect, it } from 'vitest'
import { z } from 'zod'
import { none, type Shown, show } from './shown.ts'
import { long, seed } from './size.ts'
import { sumOf, Tally } from './tally.ts'

const size = long ? { clients: 200, deploys: 10 } : { clients: 20, deploys: 10 }

const shared = contract({
  server: {
    work: procedure({ input: z.object({ client: z.number(), n: z.number(), ms: z.number() }), output: z.number() }),
    once: procedure({ input: z.object({ client: z.number(), n: z.number() }), output: z.number() }),
    ask: procedure({ output: z.boolean() }),
    note: notification({ input: z.object({ client: z.number(), n: z.number() }) }),
  },
  client: { confirm: procedure({ output: z.boolean() }) },
  events: {
    tick: event({ payload: z.number(), onGap: 'skip' }),
    room: event({ topic: z.object({ room: z.number() }), payload: z.number(), onGap: 'skip' }),
  },
})

const rooms = 7
/** The longest call, in ms: longer than a deploy takes to send all clients away. */
const longestMs = 20_000

/** A row of servers of one log, each of which takes the place of the one before. */
function deploys() {
  const network = new Network({ seed })
  const { clock } = network
  const log = new MemoryLog({ now: () => clock.now(), epoch: 'one' })
  const ran = { work: new Map<string, number>(), once: new Map<string, number>(), notes: 0, names: new Set<number>() }
  const count = (runs: Map<string, number>, key: string) => runs.set(key, (runs.get(key) ?? 0) + 1)
  const wait = (ms: number) => new Promise<void>((resolve) => clock.schedule(ms, resolve))
  const make = (name: number) =>
    createServer(shared, {
      ...{ system: network.serverSystem, log, report: () => {} },
      authenticate: ({ credentials }) => credentials,
      principal: ({ context }) => String(context),
      handlers: {
        async work({ input: { client, n, ms } }) {
          await wait(ms)
          count(ran.work, `${client} ${n}`)
          ran.names.add(name)
          return n
        },
        async once({ input: { client, n } }) {
          count(ran.once, `${client} ${n}`)
          await wait(300)
          return n
        },
        ask: ({ connection }) => connection.api.confirm(),
        note: () => void ran.notes++,
      },
    })
  return { network, clock, make, ran, wait }
}

it('ten deploys under load fail no call, lose no event and run nothing twice', { timeout: 600_000 }, async () => {
  const { network, clock, make, ran } = deploys()
  const { random } = network
  let server = make(0)
  network.serve(server)
  const seen = { gaps: 0, wrong: 0, notesFailed: 0, breaks: 0 }
  const failures: string[] = []
  const ticks: Tally[] = []
  const roomTicks: Tally[] = []
  const clients = Array.from({ length: size.clients }, (_, index) => {
    const client = network.connect(shared, {
      ...{ handlers: { confirm: () => true }, report: () => {}, credentials: `client ${index}` },
    })
    const [all, own] = [new Tally(100_000), new Tally(100_000)]
    ticks.push(all)
    roomTicks.push(own)
    const gap = () => seen.gaps++
    client.events.tick.subscribe({ next: (n) => all.heard(n), gap })
    client.events.room.subscribe({ room: index % rooms }, { next: (n) => own.heard(n), gap })
    client.status.subscribe(({ phase }) => {
      if (phase !== 'connected') seen.breaks++
    })
    return client
  })
  await network.advance(1_000)
  const made = { calls: 0, notes: 0, ticks: 0 }
  let load = true
  const call = (client: (typeof clients)[number], index: number) => {
    if (!load) return
    const n = made.calls++
    const expectIt = (answer: Promise<unknown>, expected: unknown) =>
      answer.then(
        (value) => void (value === expected || seen.wrong++),
        (error) => failures.push(String(error)),
      )
    const ms = random.chance(0.1) ? random.below(longestMs) : random.below(500)
    if (n % 4 === 0) expectIt(client.api.ask(), true)
    else if (n % 4 === 1) expectIt(client.api.once({ client: index, n }, { key: `key ${n}` }), n)
    else expectIt(client.api.work({ client: index, n, ms }, { timeoutMs: 60_000 }), n)
    made.notes++
    client.api.note({ client: index, n }).catch(() => seen.notesFailed++)
    clock.schedule(random.below(600), () => call(client, index))
  }
  const publish = () => {
    if (!load) return
    void server.events.tick.publish(made.ticks)
    for (let room = 0; room < rooms; room++) void server.events.room.publish({ room }, made.ticks)
    made.ticks++
    clock.schedule(100, publish)
  }
  clients.forEach(call)
  publish()
  for (let deploy = 1; deploy <= size.deploys; deploy++) {
    await network.advance(1_000 + random.below(2_000))
    const old = server
    server = make(deploy)
    network.serve(server)
    const drained = old.drain({ deadlineMs: 60_000, spreadMs: 5_000 })
    await network.until(drained.then(() => old.close()))
    expect(old.connections.size).toBe(0)
  }
  load = false
  await network.advance(60_000)
  const lost = (tallies: readonly Tally[]) => sumOf(tallies).lost - tallies.length * (100_000 - made.ticks)
  const twice = [...ran.work.values(), ...ran.once.values()].filter((runs) => runs > 1).length
  const lines: Shown[] = [
    none(`of ${made.calls} calls failed`, failures.length),
    none('wrong answers', seen.wrong),
    none(`of ${(size.clients * 2 * made.ticks).toLocaleString('en')} events lost`, lost(ticks) + lost(roomTicks)),
    none(
      'events twice or out of order',
      [...ticks, ...roomTicks].reduce((sum, each) => sum + each.duplicated + each.outOfOrder, 0),
    ),
    none('false gaps', seen.gaps),
    none('handlers that ran twice', twice),
    none(`of ${made.notes} notifications not run`, made.notes - ran.notes),
    none('times that a client was without a connection', seen.breaks),
    {
      promise: 'servers that did the work',
      figure: `${ran.names.size}`,
      bound: `${size.deploys + 1}`,
      kept: ran.names.size === size.deploys + 1,
    },
  ]
  await network.until(Promise.all([...clients.map((client) => client.close()), server.close()]))
  await network.advance(120_000)
  show('drains', seed, [...lines, none('timers left', clock.pending)])
})

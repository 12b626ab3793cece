import { contract, event, notification, procedure } from '@wirepact/contract'
import { type EventLog, MemoryLog } from '@wirepact/eventlog'
import { createServer } from '@wirepact/server'
import { Network } from '@wirepact/testing'
import { expect, it } from 'vitest'
import { z } from 'zod'
import { none, show } from './shown.ts'
import { long, seed } from './size.ts'
import { type Nodes, weather } from './weather.ts'

const runs = long ? 1_000 : 40
const steps = 60

const Numbered = z.object({ id: z.number(), ms: z.number() })

const shared = contract({
  server: {
    work: procedure({ input: Numbered, output: z.number() }),
    again: procedure({ input: Numbered, output: z.number(), idempotent: true }),
    once: procedure({ input: Numbered, output: z.number() }),
    ask: procedure({ input: Numbered, output: z.number() }),
    join: procedure({ input: z.object({ room: z.number() }), output: z.number() }),
    note: notification({ input: Numbered }),
  },
  client: { answer: procedure({ input: Numbered, output: z.number() }) },
  events: {
    tick: event({ payload: z.number(), onGap: 'skip' }),
    room: event({ topic: z.object({ room: z.number() }), payload: z.number(), onGap: 'skip' }),
  },
  state: z.object({ user: z.string(), seen: z.number() }),
})

type Api = ReturnType<typeof Network.prototype.connect<typeof shared>>

/** A log that outlives each node, and that all nodes see; in some runs it takes its time to answer, as an engine does. */
function engine(memory: MemoryLog, { clock, random }: Network): EventLog {
  const isSlow = random.chance(0.5)
  const later = async <Value>(answer: () => Value): Promise<Value> => {
    await new Promise<void>((resolve) => clock.schedule(random.below(30), resolve))
    return answer()
  }
  return {
    caps: { durable: true, shared: true },
    kv: memory.kv,
    append: (...given) => memory.append(...given),
    read: (...given) => (isSlow ? later(() => memory.read(...given)) : memory.read(...given)),
    head: (topic) => (isSlow ? later(() => memory.head(topic)) : memory.head(topic)),
    heads: (topics) => memory.heads(topics),
    watch: (...given) => (isSlow ? later(() => memory.watch(...given)) : memory.watch(...given)),
    close: () => memory.close(),
  }
}

/** One run: nodes of one log, a few clients, and whatever the weather brings. */
async function run(seedOfRun: number, ends: Record<string, number>) {
  const network = new Network({ seed: seedOfRun, latencyMs: 10 })
  const { clock, random } = network
  // In some runs each node has a log of its own, in memory: what is published there ends with it, and that is said.
  const apart = random.chance(0.3)
  let epochs = 0
  const memory = () => new MemoryLog({ now: () => clock.now(), epoch: `epoch ${epochs++}` })
  const log = engine(memory(), network)
  const wrong: string[] = []
  // In some runs a connection is full after a few events, a window after a few messages, or sessions end with them.
  const limits = {
    highWaterBytes: random.chance(0.3) ? 60 : 256 * 1024,
    resendMessages: random.chance(0.2) ? 8 : 4_096,
    callsInFlight: random.chance(0.2) ? 4 : 256,
    detachedMs: random.chance(0.2) ? random.below(2_000) : 60_000,
  }
  const ran = new Map<string, number>()
  const count = (what: string) => ran.set(what, (ran.get(what) ?? 0) + 1)
  const wait = (ms: number, signal: AbortSignal) =>
    new Promise<void>((resolve, reject) => {
      const stop = clock.schedule(ms, resolve)
      signal.addEventListener('abort', () => {
        stop()
        reject(signal.reason)
      })
    })
  const servers: ReturnType<typeof make>[] = []
  const make = () =>
    createServer<typeof shared, string>(shared, {
      ...{ system: network.serverSystem, log: apart ? memory() : log, report: () => {}, keyTtlMs: 3_600_000 },
      limits,
      authenticate: ({ credentials }) => String(credentials).split(' ')[0] as string,
      principal: ({ context }) => context,
      state: ({ context }) => ({ user: context, seen: 0 }),
      handlers: {
        async work({ input: { id, ms }, signal }) {
          count(`work ${id}`)
          await wait(ms, signal)
          return id
        },
        async again({ input: { id, ms }, signal }) {
          await wait(ms, signal)
          return id
        },
        async once({ input: { id, ms }, signal }) {
          count(`once ${id}`)
          await wait(ms, signal)
          return id
        },
        ask: ({ input, connection }) => connection.api.answer(input),
        async join({ input: { room }, connection }) {
          await connection.events.room.join({ room })
          connection.state.update({ seen: room })
          return room
        },
        note: ({ input: { id } }) => void count(`note ${id}`),
      },
    })
  servers.push(make())
  const nodes: Nodes & { next(): (typeof servers)[number] } = {
    get now() {
      return servers.at(-1) as (typeof servers)[number]
    },
    next() {
      const old = servers.at(-1) as (typeof servers)[number]
      servers.push(make())
      network.serve(servers.at(-1))
      return old
    },
  }
  network.serve(servers[0])
  let published = 0
  let made = 0
  let settled = 0
  const open: { client: Api; name: string }[] = []

  /** Checks one topic's events as they come. */
  const listener = (name: string) => {
    const at = { last: -1, excused: false }
    return {
      at,
      next(n: number) {
        if (n <= at.last) wrong.push(`${name}: ${n} after ${at.last}`)
        else if (at.last >= 0 && n !== at.last + 1 && !at.excused) wrong.push(`${name}: a hole from ${at.last} to ${n}`)
        at.excused = false
        at.last = n
      },
      gap({ reason }: { reason: string }) {
        // Nothing is ever trimmed here.
        if (!apart || reason !== 'epoch') wrong.push(`${name}: a false gap, ${reason}`)
        at.excused = true
      },
    }
  }
  const ticks: { at: { last: number }; live: () => boolean; name: string }[] = []
  const connect = () => {
    const name = `user${open.length}`
    let tokens = 0
    const client = network.connect(shared, {
      ...{ report: () => {}, credentials: () => `${name} ${tokens++}` },
      ...(random.chance(0.2) ? { settleWhenDetachedMs: 3_000 } : {}),
      handlers: {
        async answer({ input: { id, ms }, signal }) {
          count(`answer ${id}`)
          await wait(ms, signal)
          return id
        },
      },
    })
    let closed = false
    const tick = listener(`${name} tick`)
    client.events.tick.subscribe(tick)
    ticks.push({ at: tick.at, live: () => !closed, name })
    let newest = 0
    client.events.room.joined({
      next(n) {
        if (n <= newest) wrong.push(`${name} room: ${n} after ${newest}`)
        newest = n
      },
    })
    open.push({ client, name })
    return () => {
      closed = true
    }
  }
  const closes = [connect(), connect(), connect()]

  const watch = (what: string, id: number, answer: Promise<unknown>, atMostOnce: boolean) => {
    made++
    answer.then(
      (value) => {
        settled++
        ends.answered = (ends.answered ?? 0) + 1
        if (value !== id && what !== 'note') wrong.push(`${what} ${id} answered ${value}`)
        if (atMostOnce && what !== 'note' && (ran.get(`${what} ${id}`) ?? 0) !== 1)
          wrong.push(`${what} ${id} answered, and ran ${ran.get(`${what} ${id}`)} times`)
      },
      (error) => {
        settled++
        ends[error.code] = (ends[error.code] ?? 0) + 1
        const full = error.code === 'resource-exhausted' && limits.callsInFlight === 4
        if (!outcomes.has(error.code) && !full) wrong.push(`${what} ${id}: ${error.code} ${error.message}`)
        if (error.code === 'connection-lost' && error.mayHaveRun !== true && what !== 'ask')
          wrong.push(`${what} ${id}: lost, and yet it may not have run`)
      },
    )
  }
  const act = () => {
    const id = made
    const { client } = open[random.below(open.length)] as (typeof open)[number]
    const ms = random.chance(0.2) ? random.below(8_000) : random.below(200)
    const controller = new AbortController()
    if (random.chance(0.15)) clock.schedule(random.below(2_000), () => controller.abort())
    const options = { signal: controller.signal, timeoutMs: random.chance(0.3) ? 100 + random.below(3_000) : 30_000 }
    switch (random.below(8)) {
      case 0:
      case 1:
        return watch('work', id, client.api.work({ id, ms }, options), true)
      case 2:
        return watch('again', id, client.api.again({ id, ms }, options), false)
      case 3:
        return watch('once', id, client.api.once({ id, ms }, { ...options, key: `key ${id}` }), true)
      case 4:
        return watch('ask', id, client.api.ask({ id, ms }, options), false)
      case 5:
        return watch('join', 2, client.api.join({ room: 2 }, options), false)
      case 6: {
        // Somebody who comes and goes, on a topic that others may have.
        const { at: _, ...hearing } = listener('passing')
        const subscription = client.events.tick.subscribe(hearing)
        return void clock.schedule(random.below(500), () => subscription.unsubscribe())
      }
      default:
        return watch('note', id, client.api.note({ id, ms }), true)
    }
  }
  await network.advance(1_000)
  const names = Object.keys(weather)
  const happened: string[] = []
  for (let step = 0; step < steps; step++) {
    for (let acts = random.below(5); acts > 0; acts--) act()
    // By whichever node still lives: the log is one.
    for (let more = random.below(4); more >= 0; more--) {
      clock.schedule(random.below(500), () => {
        const alive = servers.slice(random.chance(0.3) && !apart ? 0 : -1)
        const by = alive[random.below(alive.length)] as (typeof servers)[number]
        void by.events.tick.publish(published++)
        void by.events.room.publish({ room: 2 }, published)
      })
    }
    if (random.chance(0.25)) {
      const name = names[random.below(names.length)] as string
      happened.push(`${clock.now().toFixed(0)} ${name}`)
      weather[name]?.(network, nodes)
    }
    if (random.chance(0.02)) {
      const index = random.below(open.length)
      closes[index]?.()
      void open[index]?.client.close()
    }
    if (random.chance(0.6)) await network.advance(random.below(600))
  }
  await network.advance(150_000)
  network.serve(nodes.now as (typeof servers)[number])
  void nodes.now.events.tick.publish(published++)
  await network.advance(5_000)
  if (settled !== made) wrong.push(`${made - settled} of ${made} never settled`)
  for (const [what, times] of ran) if (times > 1 && !what.startsWith('again')) wrong.push(`${what} ran ${times} times`)
  for (const { at, live, name } of ticks)
    if (live() && at.last !== published - 1) wrong.push(`${name} stands at ${at.last} of ${published - 1}`)
  for (const { client, name } of open) {
    if (client.status.value.phase === 'closed') continue
    if (client.status.value.phase !== 'connected') wrong.push(`${name} is ${client.status.value.phase}`)
    if (client.state.value?.user !== name) wrong.push(`${name} sees the state of ${client.state.value?.user}`)
  }
  const closing = Promise.all([...open.map(({ client }) => client.close()), ...servers.map((server) => server.close())])
  await network.advance(120_000)
  await closing
  if (clock.pending > 0) wrong.push(`${clock.pending} timers left`)
  for (const server of servers) {
    if (server.connections.size > 0) wrong.push('connections left')
  }
  return { wrong, made, happened }
}

/** How a call may end when things go wrong; everything else is a fault of ours. */
const outcomes: ReadonlySet<string> = new Set([
  'connection-lost',
  'cancelled',
  'deadline-exceeded',
  'unavailable',
  'indeterminate',
])

it('whatever the weather: what is promised holds', { timeout: 900_000 }, async () => {
  const broken: string[] = []
  let calls = 0
  const ends: Record<string, number> = {}
  for (let index = 0; index < runs; index++) {
    const each = seed * 100_000 + index
    const { wrong, made, happened } = await run(each, ends)
    calls += made
    if (wrong.length > 0) broken.push(`seed ${each}: ${wrong.slice(0, 5).join('; ')}\n    after ${happened.join(', ')}`)
  }
  console.log(`chaos: how the calls ended: ${JSON.stringify(ends)}`, ...broken.map((each) => `\n${each}`))
  show('chaos', seed, [none(`of ${runs} runs (${calls} calls) broke a promise`, broken.length)])
  expect(broken).toEqual([])
})

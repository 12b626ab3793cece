import { contract, event } from '@wirepact/contract'
import { type EventLog, MemoryLog } from '@wirepact/eventlog'
import { createServer, type ServerOptions } from '@wirepact/server'
import { Network } from '@wirepact/testing'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'

const Reading = z.object({ sensor: z.string(), value: z.number() })

const shared = contract({
  events: {
    every: event({ payload: Reading, onGap: 'skip' }),
    dropped: event({ payload: Reading, onGap: 'error', whenSlow: 'drop' }),
    newest: event({ payload: Reading, onGap: 'skip', whenSlow: 'latest' }),
    perSensor: event({ payload: Reading, onGap: 'skip', whenSlow: { latest: ({ sensor }) => sensor } }),
    ended: event({ payload: Reading, onGap: 'skip', whenSlow: 'close' }),
    counted: event({ payload: Reading, snapshot: z.number() }),
  },
})

type Name = keyof (typeof shared)['events']
type Policy = 'catchup' | 'latest' | 'drop' | 'close'
type Options = Partial<ServerOptions<typeof shared, undefined>>

/** A server whose connections are full after a few events, one client, and what it hears of one event. */
async function setUp(name: Name, { whenSlow, ...options }: Options & { whenSlow?: Policy } = {}, seed = 1) {
  const network = new Network({ seed })
  let published = 0
  const server = createServer(shared, {
    system: network.serverSystem,
    report: () => {},
    handlers: {},
    limits: { highWaterBytes: 200 },
    ...options,
    events: { counted: { snapshot: () => published }, ...options.events },
  })
  network.serve(server)
  const client = network.connect(shared, { report: () => {} })
  const heard = { values: [] as number[], dropped: [] as number[], gaps: [] as object[], ended: [] as string[] }
  const snapshots: number[] = []
  const listener = {
    next: ({ value }: { value: number }) => heard.values.push(value),
    dropped: (count: number) => heard.dropped.push(count),
    gap: (gap: object) => heard.gaps.push(gap),
    ended: (error: { code: string } | undefined) => heard.ended.push(error?.code ?? 'closed'),
  }
  if (name === 'counted') {
    client.events.counted.subscribe({ ...listener, snapshot: (value) => snapshots.push(value) }, { whenSlow })
  } else client.events[name].subscribe(listener, { whenSlow })
  await network.advance(100)
  /** Publishes so many at once, on the sensors in turn: more than the connection takes. */
  const burst = (count: number, sensors = 3) => {
    for (let index = 0; index < count; index++) {
      published++
      void server.events[name].publish({ sensor: `s${index % sensors}`, value: published })
    }
  }
  return { network, server, client, heard, snapshots, burst, published: () => published }
}

const upTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1)
const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0)

describe('a subscriber that is slow', () => {
  it('catches up by default, and misses nothing', async () => {
    const { network, heard, burst } = await setUp('every')
    burst(1_000)
    await network.advance(5_000)
    expect(heard.values).toEqual(upTo(1_000))
    expect(heard.gaps).toEqual([])
  })

  it('gets one slow gap for what the log could not keep, and every event after it', async () => {
    const network = new Network()
    const log = new MemoryLog({ now: () => network.clock.now(), epoch: 'e', recordsPerTopic: 50 })
    const { network: its, heard, burst } = await setUp('every', { log })
    burst(1_000)
    await its.advance(5_000)
    const missedFrom = heard.values.findIndex((value, index) => value !== index + 1)
    expect(heard.gaps).toEqual([{ reason: 'slow', from: missedFrom, to: 950 }])
    expect(heard.values.slice(missedFrom)).toEqual(upTo(1_000).slice(950))
  })

  it('gets a snapshot after a slow gap, when the contract says so', async () => {
    const log = new MemoryLog({ now: () => 0, epoch: 'e', recordsPerTopic: 50 })
    const { network, heard, snapshots, burst } = await setUp('counted', { log })
    burst(1_000)
    await network.advance(5_000)
    expect(heard.gaps).toMatchObject([{ reason: 'slow', to: 950 }])
    expect(snapshots).toEqual([0, 1_000])
  })

  it('misses and is told how many, with drop; nothing else follows, whatever the contract says of gaps', async () => {
    const { network, heard, burst } = await setUp('dropped')
    burst(1_000)
    await network.advance(5_000)
    burst(5)
    await network.advance(5_000)
    const missed = sum(heard.dropped)
    expect(missed).toBeGreaterThan(900)
    expect(heard.values).toEqual([...upTo(1_000 - missed), 1_001, 1_002, 1_003, 1_004, 1_005])
    expect([heard.gaps, heard.ended]).toEqual([[], []])
  })

  it('is not told of events that a filter would have kept from it', async () => {
    const filter = ({ payload }: { payload: { value: number } }) => payload.value % 2 === 0
    const { network, heard, burst } = await setUp('dropped', {
      events: { counted: { snapshot: () => 0 }, dropped: { filter } },
    })
    burst(1_000)
    await network.advance(5_000)
    expect(heard.values.length + sum(heard.dropped)).toBe(500)
  })

  it('gets the newest event, with latest', async () => {
    const { network, heard, burst } = await setUp('newest')
    burst(1_000)
    await network.advance(5_000)
    expect(heard.values.length).toBeLessThan(100)
    expect(heard.values.at(-1)).toBe(1_000)
    expect(heard.gaps).toEqual([])
  })

  it('gets the newest event of each key, in order, where the contract names the key', async () => {
    const { network, heard, burst } = await setUp('perSensor')
    burst(999, 3)
    await network.advance(5_000)
    expect(heard.values.slice(-3)).toEqual([997, 998, 999])
    expect(heard.values.length).toBeLessThan(100)
    expect(heard.values).toEqual([...heard.values].sort((a, b) => a - b))
  })

  it('misses no key when there are more than may be held', async () => {
    const { network, heard, burst } = await setUp('perSensor')
    burst(5_000, 5_000)
    await network.advance(20_000)
    expect(heard.values).toEqual(upTo(5_000))
  })

  it('is ended, with close, and the others of its connection are not', async () => {
    const { network, client, server, heard, burst } = await setUp('ended')
    const others: number[] = []
    client.events.every.subscribe({ next: ({ value }) => others.push(value) })
    await network.advance(100)
    burst(1_000)
    void server.events.every.publish({ sensor: 'a', value: 7 })
    await network.advance(5_000)
    expect(heard.ended).toEqual(['resource-exhausted'])
    expect(others).toEqual([7])
  })

  it('may choose another policy than the contract', async () => {
    const { network, heard, burst } = await setUp('ended', { whenSlow: 'drop' })
    burst(1_000)
    await network.advance(5_000)
    expect(heard.ended).toEqual([])
    expect(heard.values.length + sum(heard.dropped)).toBe(1_000)
  })
})

describe('a slow subscriber whose connection is cut', () => {
  it.each(['dropped', 'perSensor', 'every'] as const)('(%s) carries on behind what it was sent', async (name) => {
    const { network, heard, burst } = await setUp(name)
    burst(600)
    await network.advance(2)
    network.cut()
    await network.advance(20_000)
    burst(3)
    await network.advance(20_000)
    expect(heard.values).toEqual([...new Set(heard.values)].sort((a, b) => a - b))
    expect(heard.values.slice(-3)).toEqual([601, 602, 603])
    expect([heard.gaps, heard.ended]).toEqual([[], []])
    if (name !== 'perSensor') expect(heard.values.length + sum(heard.dropped)).toBe(603)
  })
})

describe('under random bursts and cuts', () => {
  it.each(upTo(15))('no policy repeats, reorders or hides an event (seed %i)', async (seed) => {
    for (const name of ['every', 'dropped', 'perSensor'] as const) {
      const { network, heard, burst, published } = await setUp(name, {}, seed)
      const { random } = network
      for (let step = 0; step < 30; step++) {
        burst(random.below(120), 1 + random.below(40))
        if (random.chance(0.1)) network.cutAfter(1 + random.below(30))
        await network.advance(random.below(40))
      }
      await network.advance(60_000)
      burst(1)
      await network.advance(10_000)
      expect(heard.values).toEqual([...new Set(heard.values)].sort((a, b) => a - b))
      expect(heard.values.at(-1)).toBe(published())
      expect(heard.gaps).toEqual([])
      if (name !== 'perSensor') expect(heard.values.length + sum(heard.dropped)).toBe(published())
      if (name === 'every') expect(heard.dropped).toEqual([])
    }
  })
})

/** Subscribes so many clients at once to an event with a snapshot that takes `ms`. */
async function together(
  count: number,
  snapshot: NonNullable<Options['events']>['counted']['snapshot'],
  log?: EventLog,
) {
  const network = new Network()
  const server = createServer<typeof shared, string>(shared, {
    system: network.serverSystem,
    report: () => {},
    authenticate: ({ credentials }) => String(credentials),
    handlers: {},
    events: { counted: { snapshot: snapshot as never } },
    ...(log === undefined ? {} : { log }),
  })
  network.serve(server)
  const heard = upTo(count).map((index) => {
    const each = { snapshots: [] as number[], values: [] as number[], ended: [] as string[] }
    const client = network.connect(shared, { credentials: `c${index}`, report: () => {} })
    client.events.counted.subscribe({
      snapshot: (value) => each.snapshots.push(value),
      next: ({ value }) => each.values.push(value),
      ended: (error) => each.ended.push(error?.code ?? 'closed'),
    })
    return { client, ...each }
  })
  return { network, server, heard }
}

describe('a snapshot', () => {
  it('is taken once for all who subscribe while it is being taken', async () => {
    let taken = 0
    const wait: { until: Promise<void> } = { until: Promise.resolve() }
    const setup = await together(20, async () => {
      taken++
      await wait.until
      return 42
    })
    wait.until = new Promise((resolve) => setup.network.clock.schedule(200, resolve))
    await setup.network.advance(1_000)
    expect(taken).toBe(1)
    for (const { snapshots } of setup.heard) expect(snapshots).toEqual([42])
  })

  it('that looks at who asks is taken for each', async () => {
    const asked: unknown[] = []
    const setup = await together(5, async ({ context }) => {
      asked.push(context)
      await Promise.resolve()
      return Number(String(context).slice(1))
    })
    await setup.network.advance(1_000)
    expect(asked.sort()).toEqual(['c1', 'c2', 'c3', 'c4', 'c5'])
    setup.heard.forEach(({ snapshots }, index) => {
      expect(snapshots).toEqual([index + 1])
    })
  })

  it('is followed by everything that was published since it was begun, for those too who joined it later', async () => {
    const held: { release: () => void } = { release: () => {} }
    const state = { value: 0 }
    const setup = await together(2, async () => {
      const before = state.value
      await new Promise<void>((resolve) => {
        held.release = resolve
      })
      return before
    })
    const { network, server, heard } = setup
    await network.advance(100)
    state.value = 1
    void server.events.counted.publish({ sensor: 'a', value: 1 })
    const late = { snapshots: [] as number[], values: [] as number[] }
    network.connect(shared, { credentials: 'late' }).events.counted.subscribe({
      snapshot: (value) => late.snapshots.push(value),
      next: ({ value }) => late.values.push(value),
    })
    await network.advance(100)
    held.release()
    await network.advance(100)
    for (const each of [...heard, late]) expect(each).toMatchObject({ snapshots: [0], values: [1] })
  })

  it('that throws ends the subscriptions it was for, and nothing else', async () => {
    const state = { fails: true }
    const setup = await together(2, () => {
      if (state.fails) throw new Error('secret')
      return 1
    })
    const { network, server, heard } = setup
    await network.advance(1_000)
    for (const each of heard) expect(each.ended).toEqual(['unavailable'])
    state.fails = false
    const again: number[] = []
    const others: number[] = []
    heard[0]?.client.events.counted.subscribe({ next: ({ value }) => again.push(value) })
    heard[0]?.client.events.every.subscribe({ next: ({ value }) => others.push(value) })
    await network.advance(1_000)
    void server.events.counted.publish({ sensor: 'a', value: 1 })
    void server.events.every.publish({ sensor: 'a', value: 2 })
    await network.advance(1_000)
    expect([again, others]).toEqual([[1], [2]])
    expect(server.connections.size).toBe(2)
  })
})

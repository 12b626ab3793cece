import { contract, event, procedure } from '@wirepact/contract'
import { MemoryLog } from '@wirepact/eventlog'
import { createServer } from '@wirepact/server'
import { Network } from '@wirepact/testing'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'

const shared = contract({
  server: { slow: procedure({ input: z.object({ ms: z.number() }), output: z.string() }) },
  events: {
    plain: event({ payload: z.number(), onGap: 'skip' }),
    shown: event({ payload: z.number(), snapshot: z.array(z.number()) }),
    room: event({ topic: z.string(), payload: z.number(), onGap: 'skip' }),
  },
})

interface Gap {
  readonly reason: string
  readonly from: number
  readonly to: number
}

/** A server that keeps the last ten events of each topic, remade at each restart, and a client that hears all of them. */
function setup(seed = 1, settleWhenDetachedMs?: number) {
  const network = new Network({ seed })
  const { clock } = network
  const state = { all: [] as number[], epochs: 0 }
  const make = () =>
    createServer(shared, {
      system: network.serverSystem,
      log: new MemoryLog({ now: () => clock.now(), epoch: `epoch ${state.epochs++}`, recordsPerTopic: 10 }),
      report: () => {},
      onSession: ({ connection }) => void connection.events.room.join('lobby'),
      events: { shown: { snapshot: () => state.all } },
      handlers: {
        async slow({ input }) {
          await new Promise<void>((resolve) => clock.schedule(input.ms, resolve))
          return 'done'
        },
      },
    })
  const servers: ReturnType<typeof make>[] = []
  network.serve(() => {
    const server = make()
    servers.push(server)
    return server
  })
  const client = network.connect(shared, {
    report: () => {},
    ...(settleWhenDetachedMs === undefined ? {} : { settleWhenDetachedMs }),
  })
  const plain = { values: [] as number[], gaps: [] as Gap[] }
  const joined = { values: [] as number[], gaps: [] as Gap[] }
  const shown = { state: [] as number[], gaps: [] as Gap[] }
  client.events.plain.subscribe({ next: (n) => plain.values.push(n), gap: (gap) => plain.gaps.push(gap) })
  client.events.room.joined({ next: (n) => joined.values.push(n), gap: (gap) => joined.gaps.push(gap) })
  client.events.shown.subscribe({
    snapshot: (value) => {
      shown.state = [...value]
    },
    // Events that the snapshot contains already may come after it.
    next: (n) => void (shown.state.includes(n) || shown.state.push(n)),
    gap: (gap) => shown.gaps.push(gap),
  })
  /** Publishes so many events, the next numbers, on every topic. */
  const publish = async (count: number) => {
    const server = servers.at(-1) as (typeof servers)[number]
    for (let index = 0; index < count; index++) {
      const n = state.all.length + 1
      state.all.push(n)
      await server.events.plain.publish(n)
      await server.events.shown.publish(n)
      await server.events.room.publish('lobby', n)
    }
  }
  return { network, client, plain, joined, shown, publish, all: state.all }
}

const upTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1)

/** Everything was heard in order, or lies in a gap of its epoch. */
function accounted(values: readonly number[], gaps: readonly Gap[], count: number): boolean {
  const missed = new Set<number>()
  for (const { from, to } of gaps) for (let n = from + 1; n <= to; n++) missed.add(n)
  return upTo(count).every((n) => values.includes(n) !== missed.has(n))
}

describe('a window that overflowed while the client was away', () => {
  it('is one gap on each topic, and the state is right after the snapshot', async () => {
    const { network, plain, joined, shown, publish, all } = setup()
    await network.advance(100)
    await publish(5)
    await network.advance(100)
    for (let round = 0; round < 3; round++) {
      network.cut()
      await publish(30)
      await network.advance(5_000)
      await publish(3)
      await network.advance(100)
    }
    for (const each of [plain, joined]) {
      expect(each.gaps.map(({ reason, from, to }) => `${reason} ${from}-${to}`)).toEqual([
        'trimmed 5-25',
        'trimmed 38-58',
        'trimmed 71-91',
      ])
      expect(accounted(each.values, each.gaps, all.length)).toBe(true)
    }
    expect([shown.gaps.length, shown.state]).toEqual([3, all])
  })

  it('is still one gap, never none, when the connection breaks at any message that tells of it', async () => {
    for (let at = 1; at <= 25; at++) {
      const { network, plain, joined, shown, publish, all } = setup(at)
      await network.advance(100)
      await publish(5)
      await network.advance(100)
      network.cut()
      await publish(30)
      network.cutAfter(at)
      await network.advance(10_000)
      await publish(3)
      await network.advance(10_000)
      for (const each of [plain, joined]) {
        expect(each.gaps.map(({ reason, from }) => `${reason} ${from}`)).toEqual(['trimmed 5'])
        expect([...each.values]).toEqual([...new Set(each.values)].sort((a, b) => a - b))
        expect(accounted(each.values, each.gaps, all.length)).toBe(true)
      }
      expect(shown.state).toEqual(all)
    }
  })
})

describe('a restart of a server whose log is its memory', () => {
  it('is one epoch gap on each topic, wherever the connection breaks again', async () => {
    for (let at = 0; at <= 25; at++) {
      const { network, plain, joined, shown, publish, all } = setup(at + 1)
      await network.advance(100)
      await publish(5)
      await network.advance(100)
      network.restart()
      await publish(4)
      if (at > 0) network.cutAfter(at)
      await network.advance(10_000)
      await publish(3)
      await network.advance(10_000)
      for (const each of [plain, joined]) {
        expect(each.gaps).toEqual([{ reason: 'epoch', from: 5, to: 4 }])
        expect(each.values).toEqual([1, 2, 3, 4, 5, 10, 11, 12])
      }
      expect(shown.gaps.map(({ reason }) => reason)).toEqual(['epoch'])
      expect(shown.state).toEqual(all)
    }
  })

  it.each([
    { settleWhenDetachedMs: undefined, timeoutMs: 8_000, within: 8_000 },
    { settleWhenDetachedMs: 2_000, timeoutMs: 8_000, within: 2_000 },
    { settleWhenDetachedMs: 20_000, timeoutMs: 3_000, within: 3_000 },
  ])('settles calls in flight within $within ms while it stays away', async (options) => {
    const { network, client } = setup(3, options.settleWhenDetachedMs)
    await network.advance(100)
    const began = network.clock.now()
    const settledAt: number[] = []
    const calls = upTo(20).map(() =>
      client.api.slow({ ms: 60_000 }, { timeoutMs: options.timeoutMs }).then(
        () => 'done',
        (error) => {
          settledAt.push(network.clock.now() - began)
          return error.code
        },
      ),
    )
    await network.advance(10)
    network.serve(undefined)
    network.cut()
    const late = client.api.slow({ ms: 1 }, { timeoutMs: options.timeoutMs }).catch((error) => error.code)
    const codes = new Set(await network.until(Promise.all([...calls, late])))
    expect(Math.max(...settledAt)).toBeLessThanOrEqual(options.within + 20)
    const quick = options.settleWhenDetachedMs === options.within
    expect([...codes]).toEqual(quick ? ['connection-lost', 'unavailable'] : ['deadline-exceeded'])
  })
})

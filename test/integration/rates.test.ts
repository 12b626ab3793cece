import { contract, event, notification, procedure } from '@wirepact/contract'
import { createServer, type LimitsOption } from '@wirepact/server'
import { Network } from '@wirepact/testing'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'

const shared = contract({
  server: {
    add: procedure({ input: z.object({ by: z.number() }), output: z.number() }),
    note: notification({ input: z.object({ n: z.number() }) }),
  },
  events: { tick: event({ topic: z.object({ room: z.number() }), payload: z.number(), onGap: 'skip' }) },
})

async function setUp(limits: LimitsOption = 'public') {
  const network = new Network()
  const seen = { notes: [] as number[], reports: [] as object[], sessions: 0 }
  const server = createServer(shared, {
    system: network.serverSystem,
    limits,
    report: (report) => seen.reports.push(report),
    onSession: () => void seen.sessions++,
    handlers: { add: ({ input }) => input.by, note: ({ input }) => void seen.notes.push(input.n) },
  })
  network.serve(server)
  const client = network.connect(shared)
  await network.until(client.connected())
  return { network, client, server, seen }
}

const upTo = (count: number) => Array.from({ length: count }, (_, index) => index)

describe('the preset public never trips an honest client', () => {
  it('that calls one after the other, as fast as it can', async () => {
    const { network, client, seen } = await setUp()
    const all = async () => {
      for (const by of upTo(3_000)) if ((await client.api.add({ by })) !== by) return false
      return true
    }
    expect(await network.until(all())).toBe(true)
    expect([seen.sessions, seen.reports]).toEqual([1, []])
  })

  it('that keeps 64 calls in flight, far above the rate', async () => {
    const { network, client, seen } = await setUp()
    let next = 0
    const lane = async () => {
      while (next < 30_000) {
        const by = next++
        if ((await client.api.add({ by })) !== by) return false
      }
      return true
    }
    expect(await network.until(Promise.all(upTo(64).map(lane)))).toEqual(upTo(64).map(() => true))
    expect([seen.sessions, seen.reports]).toEqual([1, []])
  })

  it('that notifies without ever waiting', async () => {
    const { network, client, seen } = await setUp()
    for (let n = 0; n < 40_000; ) {
      for (let each = 0; each < 4_000; each++) void client.api.note({ n: n++ })
      await network.advance(900)
    }
    await network.advance(10_000)
    expect(seen.notes).toEqual(upTo(40_000))
    expect([seen.sessions, seen.reports]).toEqual([1, []])
  })

  it('that comes back with a full window to send again', async () => {
    const { network, client, seen } = await setUp()
    // A black hole: all of the window is on its way, none of it arrives.
    for (const link of network.links) link.swallow()
    for (const n of upTo(4_096)) void client.api.note({ n })
    await network.advance(60)
    network.cut()
    await network.advance(60_000)
    expect(seen.notes).toEqual(upTo(4_096))
    expect([seen.sessions, seen.reports]).toEqual([1, []])
  })
})

describe('a client that asks too often', () => {
  it('is told after how long its call may be made again, and then it may', async () => {
    const { network, client } = await setUp({ callsPerSecond: 10 })
    const outcomes = await network.until(Promise.allSettled(upTo(25).map((by) => client.api.add({ by }))))
    const refused = outcomes.flatMap((each) => (each.status === 'rejected' ? [each.reason] : []))
    expect(refused).toHaveLength(5)
    const { code, data }: { code: string; data: { retryAfterMs: number } } = refused[0]
    expect([code, data]).toEqual(['resource-exhausted', { retryAfterMs: expect.any(Number) }])
    expect(data.retryAfterMs).toBeLessThanOrEqual(100)
    await network.advance(data.retryAfterMs)
    expect(await network.until(client.api.add({ by: 7 }))).toBe(7)
  })

  it('is told likewise of its subscriptions', async () => {
    const { network, client } = await setUp({ subscriptionsPerSecond: 5 })
    const ended: object[] = []
    for (const room of upTo(11)) {
      const { ready } = client.events.tick.subscribe(
        { room },
        { next: () => {}, ended: (error) => ended.push(error ?? {}) },
      )
      ready.catch(() => {})
    }
    await network.advance(1_000)
    expect(ended).toMatchObject([{ code: 'resource-exhausted', data: { retryAfterMs: expect.any(Number) } }])
  })
})

import { contract, event } from '@wirepact/contract'
import { MemoryLog } from '@wirepact/eventlog'
import { createServer } from '@wirepact/server'
import { type Link, Network } from '@wirepact/testing'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'

const shared = contract({
  events: {
    filler: event({ payload: z.object({ n: z.number(), bytes: z.instanceof(Uint8Array) }), onGap: 'skip' }),
  },
})

type Policy = 'catchup' | 'latest' | 'drop' | 'close'

const payloadBytes = 4 * 1024
const everyMs = 10
const highWaterBytes = 64 * 1024
/** What is read from the log at once. */
const chunkBytes = 256 * 1024
const latencyMs = 5

/** Clients of which the first so many stop reading, under events that come without end. */
async function hose(count: number, { recordsPerTopic = 10_000 } = {}) {
  const network = new Network({ seed: 1, latencyMs })
  const { clock } = network
  const log = new MemoryLog({ now: () => clock.now(), epoch: 'e', recordsPerTopic, bytesPerTopic: 2 ** 26 })
  const server = createServer(shared, {
    ...{ system: network.serverSystem, log, handlers: {}, report: () => {} },
    limits: { highWaterBytes },
  })
  network.serve(server)
  const publishedAt = [0]
  const clients: Awaited<ReturnType<typeof join>>[] = []
  const join = async (policy: Policy) => {
    const known = new Set<Link>(network.links)
    const client = network.connect(shared, { report: () => {} })
    const heard = { values: [] as number[], dropped: 0, slowest: 0 }
    const gaps: { reason: string; from: number; to: number }[] = []
    const ended: string[] = []
    const { ready } = client.events.filler.subscribe(
      {
        next({ n }) {
          heard.values.push(n)
          heard.slowest = Math.max(heard.slowest, clock.now() - (publishedAt[n] ?? 0))
        },
        dropped: (missed) => {
          heard.dropped += missed
        },
        gap: (gap) => gaps.push(gap),
        ended: (error) => void (error && ended.push(error.code)),
      },
      { whenSlow: policy },
    )
    await network.until(ready)
    const link = network.links.find((each) => !known.has(each)) as Link
    return { policy, client, heard, gaps, ended, link }
  }
  for (let index = 0; index < count; index++) clients.push(await join(policies[index % 4] as Policy))
  /** Publishes for so long; gives the most that waited in any connection. */
  const run = async (ms: number) => {
    let most = 0
    for (let passed = 0; passed < ms; passed += everyMs) {
      publishedAt.push(clock.now())
      await server.events.filler.publish({ n: publishedAt.length - 1, bytes: new Uint8Array(payloadBytes) })
      await network.advance(everyMs)
      for (const { link } of clients) most = Math.max(most, link.server.channel.bufferedBytes)
    }
    return most
  }
  return { network, server, clients, run, published: () => publishedAt.length - 1 }
}

const policies = ['catchup', 'latest', 'drop', 'close'] as const

const upTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1)

describe('subscribers that stop reading', () => {
  it.each([
    { ms: 2_000, what: 'catch up with what the log has', recordsPerTopic: 10_000 },
    { ms: 6_000, what: 'get one slow gap for what it has not', recordsPerTopic: 100 },
  ])(
    'for $ms ms $what, hold no more than one piece above the high water, and slow nobody',
    async ({ ms, recordsPerTopic }) => {
      const { network, clients, run, published } = await hose(40, { recordsPerTopic })
      const [stopped, others] = [clients.slice(0, 8), clients.slice(8)]
      await run(500)
      for (const { link } of stopped) link.stall(ms)
      const most = await run(ms)
      // Above the high water nothing is pushed: what crossed it came in one piece.
      expect(most).toBeLessThanOrEqual(highWaterBytes + chunkBytes)
      for (const { heard, gaps } of others) {
        expect([heard.values.length, heard.slowest <= latencyMs, gaps]).toEqual([published(), true, []])
      }
      await run(500)
      await network.advance(20_000)
      for (const { policy, heard, gaps, ended } of stopped) {
        expect(heard.values).toEqual([...new Set(heard.values)].sort((a, b) => a - b))
        expect(ended).toEqual(policy === 'close' ? ['resource-exhausted'] : [])
        if (policy !== 'close') expect(heard.values.at(-1)).toBe(published())
        if (policy === 'latest') expect([heard.values.length < published(), gaps]).toEqual([true, []])
        if (policy === 'drop') expect([heard.values.length + heard.dropped, gaps]).toEqual([published(), []])
        if (policy !== 'catchup') continue
        if (recordsPerTopic === 10_000) expect([heard.values, gaps]).toEqual([upTo(published()), []])
        else expect(gaps).toEqual([{ reason: 'slow', from: expect.any(Number), to: expect.any(Number) }])
        const missed = gaps.reduce((sum, { from, to }) => sum + to - from, 0)
        expect(heard.values.length + missed).toBe(published())
      }
    },
  )

  it('so long that they are given up come back, and miss nothing that the log has', async () => {
    const { network, clients, run, published } = await hose(8)
    const stopped = clients.slice(0, 4)
    for (const { link } of stopped) link.stall(50_000)
    await run(51_000)
    await network.advance(20_000)
    for (const { policy, heard, gaps, ended } of stopped) {
      expect(heard.values).toEqual([...new Set(heard.values)].sort((a, b) => a - b))
      expect([gaps, ended]).toEqual([[], []])
      // What ended the subscription was lost with the connection, which the next one makes good.
      if (policy === 'catchup' || policy === 'close') expect(heard.values).toEqual(upTo(published()))
      if (policy === 'drop') expect(heard.values.length + heard.dropped).toBe(published())
      expect(heard.values.at(-1)).toBe(published())
    }
  })
})

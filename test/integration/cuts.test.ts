import { contract, event, procedure } from '@wirepact/contract'
import { createServer } from '@wirepact/server'
import { Network } from '@wirepact/testing'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'

const shared = contract({
  server: {
    work: procedure({ input: z.object({ id: z.number(), ms: z.number() }), output: z.number() }),
    again: procedure({ input: z.object({ id: z.number() }), output: z.number(), idempotent: true }),
    ask: procedure({ input: z.object({ id: z.number() }), output: z.number() }),
  },
  client: { answer: procedure({ input: z.object({ id: z.number() }), output: z.number() }) },
  events: { tick: event({ payload: z.number(), onGap: 'skip' }) },
})

/** One client and one server under random cuts, cancels and deadlines; gives what became of everything. */
async function scenario(seed: number) {
  const network = new Network({ seed, latencyMs: 10 })
  const { random, clock } = network
  const runs = new Map<number, number>()
  const server = createServer(shared, {
    system: network.serverSystem,
    report: () => {},
    handlers: {
      async work({ input, signal }) {
        runs.set(input.id, (runs.get(input.id) ?? 0) + 1)
        await new Promise<void>((resolve, reject) => {
          clock.schedule(input.ms, resolve)
          signal.addEventListener('abort', () => reject(signal.reason))
        })
        return input.id
      },
      again: ({ input }) => input.id,
      ask: ({ input, connection }) => connection.api.answer({ id: input.id }),
    },
  })
  network.serve(server)
  const client = network.connect(shared, { handlers: { answer: ({ input }) => input.id }, report: () => {} })
  const outcomes: { id: number; outcome: string; mayHaveRun?: boolean | undefined }[] = []
  const seen: number[] = []
  const gaps: unknown[] = []
  const subscription = client.events.tick.subscribe({ next: (n) => seen.push(n), gap: (gap) => gaps.push(gap) })
  await network.advance(100)
  await subscription.ready

  let made = 0
  let published = 0
  const watch = (id: number, promise: Promise<number>) => {
    made++
    promise.then(
      (value) => outcomes.push({ id, outcome: value === id ? 'ok' : `wrong ${value}` }),
      (error) => outcomes.push({ id, outcome: error.code, mayHaveRun: error.mayHaveRun }),
    )
  }
  for (let step = 0; step < 60; step++) {
    const id = step
    const signal = random.chance(0.2) ? AbortSignal.timeout(0) : undefined
    const options = { ...(signal === undefined ? {} : { signal }), timeoutMs: 500 + random.below(10_000) }
    const kind = random.below(3)
    if (kind === 0) watch(id, client.api.work({ id, ms: random.below(200) }, options))
    else if (kind === 1) watch(id, client.api.again({ id }, { timeoutMs: 60_000 }))
    else watch(id, client.api.ask({ id }, options))
    void server.events.tick.publish(published++)
    if (random.chance(0.15)) network.cutAfter(1 + random.below(12))
    if (random.chance(0.1)) network.cut()
    if (random.chance(0.5)) await network.advance(random.below(300))
  }
  await network.advance(120_000)
  const settled = outcomes.length
  // Closing takes a journey over the network, which takes virtual time.
  const closing = Promise.all([client.close(), server.close()])
  await network.advance(60_000)
  await closing
  return { made, settled, outcomes, runs, seen, gaps, published, timers: clock.pending }
}

describe('under random cuts', () => {
  const seeds = Array.from({ length: 40 }, (_, index) => index + 1)

  it.each(seeds)('every promise settles, nothing runs twice, no event is lost or doubled (seed %i)', async (seed) => {
    const result = await scenario(seed)
    expect(result.settled).toBe(result.made)
    for (const { id, outcome, mayHaveRun } of result.outcomes) {
      expect(outcome).not.toMatch(/^wrong/)
      // The server never restarts and is never away for a minute, so no session is lost, and no call with it.
      expect([outcome, mayHaveRun]).not.toContain('connection-lost')
      expect(result.runs.get(id) ?? 0).toBeLessThanOrEqual(1)
    }
    expect(result.gaps).toEqual([])
    expect(result.seen).toEqual(Array.from({ length: result.published }, (_, index) => index))
    expect(result.timers).toBe(0)
  })
})

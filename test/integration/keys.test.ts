import { contract, procedure } from '@wirepact/contract'
import { type EventLog, MemoryLog } from '@wirepact/eventlog'
import { createServer, type ServerOptions } from '@wirepact/server'
import { Network } from '@wirepact/testing'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'

const shared = contract({
  server: {
    pay: procedure({
      input: z.object({ cents: z.number(), to: z.string().optional() }),
      output: z.object({ receipt: z.number(), at: z.date() }),
      errors: { DECLINED: z.object({ because: z.string() }) },
    }),
    refund: procedure({ input: z.object({ cents: z.number() }), output: z.number() }),
  },
})

type Options = Partial<ServerOptions<typeof shared, string>>

interface Effect {
  readonly cents: number
  readonly signal: AbortSignal
}

/** A server that takes `payMs` for a payment, on a network of its own, and every effect it had. */
function bank(network: Network, payMs = 0, options: Options = {}) {
  const effects: Effect[] = []
  const server = createServer<typeof shared, string>(shared, {
    system: network.serverSystem,
    report: () => {},
    authenticate: ({ credentials }) => String(credentials),
    principal: ({ context }) => context,
    handlers: {
      async pay({ input, errors, signal }) {
        effects.push({ cents: input.cents, signal })
        await new Promise<void>((resolve) => network.clock.schedule(payMs, resolve))
        if (input.cents < 0) throw errors.DECLINED({ because: 'negative' })
        if (input.cents > 1_000) throw new Error('secret')
        return { receipt: effects.length, at: new Date(network.clock.now()) }
      },
      refund({ input }) {
        effects.push({ cents: -input.cents, signal: AbortSignal.abort() })
        return effects.length
      },
    },
    ...options,
  })
  network.serve(server)
  return { server, effects }
}

/** Lets time pass until the promise has settled, and gives what it settled with. */
async function outcome<Value>(network: Network, promise: Promise<Value>, ms = 1_000): Promise<Value | string> {
  const settled = promise.catch((error: { code: string }) => error.code)
  await network.advance(ms)
  return Promise.race([settled, Promise.resolve('pending')])
}

async function setUp(payMs = 0, options: Options = {}) {
  const network = new Network()
  const { effects, server } = bank(network, payMs, options)
  const connect = async (credentials = 'ann') => {
    const client = network.connect(shared, { credentials, report: () => {} })
    await network.advance(100)
    return client
  }
  return { network, effects, server, connect }
}

describe('a call with a key', () => {
  it('runs once; the same key and input get the stored result, from any connection', async () => {
    const { network, effects, connect } = await setUp()
    const first = await outcome(network, (await connect()).api.pay({ cents: 5, to: 'bob' }, { key: 'k' }))
    const second = await outcome(network, (await connect()).api.pay({ to: 'bob', cents: 5 }, { key: 'k' }))
    expect(first).toMatchObject({ receipt: 1, at: expect.any(Date) })
    expect(second).toEqual(first)
    expect(effects).toHaveLength(1)
  })

  it('joins a call that runs', async () => {
    const { network, effects, connect } = await setUp(500)
    const [one, two] = [await connect(), await connect()]
    const both = Promise.all([one.api.pay({ cents: 5 }, { key: 'k' }), two.api.pay({ cents: 5 }, { key: 'k' })])
    const [first, second] = (await outcome(network, both)) as [unknown, unknown]
    expect(second).toEqual(first)
    expect(effects).toHaveLength(1)
  })

  it('is a conflict with another input, while it runs and afterwards', async () => {
    const { network, effects, connect } = await setUp(500)
    const { api } = await connect()
    const first = api.pay({ cents: 5 }, { key: 'k' })
    await network.advance(100)
    expect(await outcome(network, api.pay({ cents: 6 }, { key: 'k' }), 100)).toBe('conflict')
    expect(await outcome(network, first)).toMatchObject({ receipt: 1 })
    expect(await outcome(network, api.pay({ cents: 6 }, { key: 'k' }))).toBe('conflict')
    expect(effects).toHaveLength(1)
  })

  it('replays errors: declared ones with their data, and internal ones', async () => {
    const { network, effects, connect } = await setUp()
    const { api } = await connect()
    for (const cents of [-1, -1, 2_000, 2_000]) {
      const result = (await outcome(network, api.pay.safe({ cents }, { key: `k${cents}` }))) as { error: object }
      expect(result.error).toMatchObject(
        cents < 0 ? { code: 'DECLINED', data: { because: 'negative' }, declared: true } : { code: 'internal' },
      )
    }
    expect(effects.map(({ cents }) => cents)).toEqual([-1, 2_000])
  })

  it('does not use up its key with an input that does not fit', async () => {
    const { network, effects, connect } = await setUp()
    const { api } = await connect()
    expect(await outcome(network, api.pay({ cents: 'x' as unknown as number }, { key: 'k' }))).toBe('invalid-input')
    expect(await outcome(network, api.pay({ cents: 1 }, { key: 'k' }))).toMatchObject({ receipt: 1 })
    expect(effects).toHaveLength(1)
  })

  it('has a key of its own for each principal and procedure', async () => {
    const { network, effects, connect } = await setUp()
    const [ann, bob] = [await connect('ann'), await connect('bob')]
    await outcome(network, ann.api.pay({ cents: 1 }, { key: 'k' }))
    await outcome(network, bob.api.pay({ cents: 1 }, { key: 'k' }))
    await outcome(network, ann.api.refund({ cents: 1 }, { key: 'k' }))
    expect(effects.map(({ cents }) => cents)).toEqual([1, 1, -1])
  })

  it('is remembered for its time after it ended, and not longer', async () => {
    const { network, effects, connect } = await setUp(0, { keyTtlMs: 10_000 })
    const { api } = await connect()
    await outcome(network, api.pay({ cents: 1 }, { key: 'k' }), 0)
    await network.advance(9_000)
    await outcome(network, api.pay({ cents: 1 }, { key: 'k' }), 500)
    expect(effects).toHaveLength(1)
    await network.advance(1_000)
    await outcome(network, api.pay({ cents: 1 }, { key: 'k' }))
    expect(effects).toHaveLength(2)
  })

  it('does not run where no more keys can be remembered', async () => {
    const network = new Network()
    const log = new MemoryLog({ now: () => network.clock.now(), epoch: 'e', keyBytes: 900 })
    const { effects } = bank(network, 0, { log })
    const client = network.connect(shared, { credentials: 'ann', report: () => {} })
    const outcomes = []
    for (const key of ['a', 'b', 'c', 'd']) {
      outcomes.push(await outcome(network, client.api.refund({ cents: 1 }, { key })))
    }
    expect(outcomes).toEqual([1, 2, 'resource-exhausted', 'resource-exhausted'])
    expect(effects).toHaveLength(2)
  })

  it('runs to its end when its caller gives up, and is there for whoever asks again', async () => {
    const { network, effects, connect } = await setUp(500)
    const { api } = await connect()
    const gaveUp = new AbortController()
    const first = api.pay({ cents: 1 }, { key: 'k', signal: gaveUp.signal })
    await network.advance(100)
    gaveUp.abort()
    expect(await outcome(network, first, 100)).toBe('cancelled')
    expect(await outcome(network, api.pay({ cents: 1 }, { key: 'k' }))).toMatchObject({ receipt: 1 })
    expect(effects).toHaveLength(1)
    expect(effects[0]?.signal.aborted).toBe(false)
  })
})

describe('a call with a key whose session was lost', () => {
  const short = { limits: { detachedMs: 1 } }

  it('is made again on the next session, and joins its run or gets its outcome', async () => {
    for (const payMs of [10, 5_000]) {
      const { network, effects, connect } = await setUp(payMs, short)
      const { api } = await connect()
      const keyed = api.pay({ cents: 1 }, { key: 'k' })
      const unkeyed = api.pay({ cents: 2 }).catch((error) => error.code)
      await network.advance(6)
      network.cut()
      expect(await outcome(network, keyed, 15_000)).toMatchObject({ receipt: expect.any(Number) })
      expect(await outcome(network, unkeyed)).toBe('connection-lost')
      expect(effects.filter(({ cents }) => cents === 1)).toHaveLength(1)
    }
  })

  it('is indeterminate when the server was started again without its memory: it is not made again', async () => {
    const { network, effects, connect, server } = await setUp(5_000)
    const { api } = await connect()
    const keyed = api.pay({ cents: 1 }, { key: 'k' })
    await network.advance(50)
    network.cut()
    const other = bank(network)
    await network.advance(10)
    void server
    const error = await outcome(
      network,
      keyed.catch((each) => each),
      20_000,
    )
    expect(error).toMatchObject({ code: 'indeterminate', mayHaveRun: true })
    expect(effects).toHaveLength(1)
    expect(other.effects).toHaveLength(0)
  })

  it('is indeterminate when its key may have been forgotten meanwhile', async () => {
    const { network, effects, connect, server } = await setUp(0, { keyTtlMs: 1_000, limits: { detachedMs: 50 } })
    const { api } = await connect()
    const keyed = api.pay({ cents: 1 }, { key: 'k', timeoutMs: 0 })
    network.cutAfter(2)
    await network.advance(20)
    network.serve(undefined)
    await network.advance(2_000)
    network.serve(server)
    expect(await outcome(network, keyed, 60_000)).toBe('indeterminate')
    expect(effects).toHaveLength(1)
  })
})

/** The store of a log that outlives the servers on it. */
function outliving(network: Network, shared: boolean): EventLog {
  const log = new MemoryLog({ now: () => network.clock.now(), epoch: 'e' })
  return new Proxy(log, {
    get: (target, name) => {
      if (name === 'caps') return { durable: true, shared }
      const value = Reflect.get(target, name, target) as unknown
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
}

describe('with a store that outlives the server', () => {
  it('a key that was begun and not ended is indeterminate, and one that ended is replayed', async () => {
    const network = new Network()
    const log = outliving(network, false)
    const before = bank(network, 1e9, { log })
    const early = network.connect(shared, { credentials: 'ann', report: () => {} })
    expect(await outcome(network, early.api.refund({ cents: 1 }, { key: 'done' }))).toBe(1)
    const lost = early.api.pay({ cents: 1 }, { key: 'k', timeoutMs: 0 })
    await network.advance(100)
    const after = bank(network, 0, { log })
    network.cut()
    expect(await outcome(network, lost, 30_000)).toBe('indeterminate')
    expect(await outcome(network, early.api.pay({ cents: 1 }, { key: 'k' }))).toBe('indeterminate')
    expect(await outcome(network, early.api.refund({ cents: 1 }, { key: 'done' }))).toBe(1)
    expect([before.effects.length, after.effects.length]).toEqual([2, 0])
  })

  it('a call finds the run of another node, and gets its outcome', async () => {
    const network = new Network()
    const log = outliving(network, true)
    const one = bank(network, 2_000, { log })
    const first = network.connect(shared, { credentials: 'ann' }).api.pay({ cents: 1 }, { key: 'k' })
    await network.advance(100)
    const two = bank(network, 0, { log })
    const second = network.connect(shared, { credentials: 'ann' }).api.pay({ cents: 1 }, { key: 'k' })
    const results = (await outcome(network, Promise.all([first, second]), 4_000)) as [unknown, unknown]
    expect(results[1]).toEqual(results[0])
    expect([one.effects.length, two.effects.length]).toEqual([1, 0])
  })
})

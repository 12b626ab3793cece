import { setTimeout as sleep } from 'node:timers/promises'
import { connect } from '@wirepact/client/node'
import { contract, event, procedure } from '@wirepact/contract'
import { RedisLog } from '@wirepact/eventlog-redis'
import { createServer } from '@wirepact/server'
import { listen } from '@wirepact/server/node'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { startBalancer } from '../../integration/balancer.ts'
import { provideRedis } from '../../setup/engines.mjs'
import type { Engine } from '../engine.ts'
import { present, startRedis } from '../servers.ts'
import { ask } from './ask.ts'
import { Gate } from './gate.ts'
import { until, upTo } from './reader.ts'

const shared = contract({
  server: {
    count: procedure({ input: z.object({ n: z.number() }), output: z.string() }),
  },
  events: {
    tick: event({
      topic: z.object({ room: z.string() }),
      payload: z.object({ n: z.number(), at: z.date() }),
      onGap: 'skip',
    }),
    board: event({ payload: z.number(), snapshot: z.array(z.number()) }),
  },
})

/** A node of its own: its server, and its connection to the engine. */
async function startNode(engine: Engine, name: string, board: number[]) {
  const log = new RedisLog({ url: `redis://127.0.0.1:${engine.port}`, report: () => {} })
  const runs: number[] = []
  const server = createServer(shared, {
    log,
    report: () => {},
    principal: () => 'somebody',
    events: { board: { snapshot: () => [...board] } },
    handlers: {
      count({ input }) {
        runs.push(input.n)
        return name
      },
    },
  })
  const { port } = await listen(server, { port: 0, host: '127.0.0.1' })
  const stop = async () => {
    await server.close()
    await log.close()
  }
  return { server, log, port, runs, stop, [Symbol.asyncDispose]: stop }
}

const soon = { reconnect: { baseMs: 20, capMs: 50, firstMs: 20 } }

describe.runIf(present('redis-server', await provideRedis()))('nodes that share a log in Redis', () => {
  it('a client that moves from one to the other loses nothing and hears nothing twice', {
    timeout: 30_000,
  }, async () => {
    await using engine = await startRedis()
    await using balancer = await startBalancer()
    const board: number[] = []
    const nodes = [await startNode(engine, 'one', board), await startNode(engine, 'two', board)] as const
    balancer.serve(nodes[0].port)
    await using client = connect(shared, balancer.url, soon)
    const heard: number[] = []
    const snapshots: number[][] = []
    const drawn: number[] = []
    const gaps: unknown[] = []
    const ticks = client.events.tick.subscribe(
      { room: 'a*{b}' },
      {
        next: ({ n, at }) => {
          expect(at).toBeInstanceOf(Date)
          heard.push(n)
        },
        gap: (gap) => gaps.push(gap),
      },
    )
    const boards = client.events.board.subscribe({
      next: (n) => drawn.push(n),
      gap: (gap) => gaps.push(gap),
      snapshot: (all) => snapshots.push(all),
    })
    await Promise.all([ticks.ready, boards.ready])
    const publish = async (from: number, to: number) => {
      for (let n = from; n <= to; n++) {
        const { events } = nodes[n % 2 === 0 ? 0 : 1].server
        board.push(n)
        await Promise.all([events.tick.publish({ room: 'a*{b}' }, { n, at: new Date() }), events.board.publish(n)])
      }
    }
    await publish(1, 20)
    await until('all were heard', () => heard.length === 20 && drawn.length === 20)
    // It is gone while half of the next are published, and comes back to the other node.
    balancer.serve(nodes[1].port)
    const dropped = nodes[0].server.drain({ deadlineMs: 1_000, spreadMs: 0 })
    await publish(21, 60)
    await dropped
    expect(await client.api.count({ n: 1 })).toBe('two')
    await publish(61, 80)
    await until('all were heard', () => heard.length >= 80 && drawn.length >= 80)
    expect([heard, drawn, gaps, snapshots]).toEqual([upTo(80), upTo(80), [], [[]]])
    for (const node of nodes) await node.stop()
  })

  it('a node that is gone at once: its client carries on at the other, from the log', async () => {
    await using engine = await startRedis()
    await using balancer = await startBalancer()
    await using one = await startNode(engine, 'one', [])
    await using two = await startNode(engine, 'two', [])
    balancer.serve(one.port)
    await using client = connect(shared, balancer.url, soon)
    const heard: number[] = []
    const gaps: unknown[] = []
    const ticks = client.events.tick.subscribe(
      { room: 'x' },
      { next: ({ n }) => heard.push(n), gap: (gap) => gaps.push(gap) },
    )
    await ticks.ready
    const publish = (n: number) => two.server.events.tick.publish({ room: 'x' }, { n, at: new Date() })
    for (let n = 1; n <= 10; n++) await publish(n)
    await until('it heard them', () => heard.length === 10)
    balancer.serve(1)
    await one.stop()
    for (let n = 11; n <= 30; n++) await publish(n)
    balancer.serve(two.port)
    await until('it heard the others', () => heard.length >= 30)
    expect([heard, gaps]).toEqual([upTo(30), []])
  })

  it('a call with a key runs once, whichever node it comes to', async () => {
    await using engine = await startRedis()
    await using one = await startNode(engine, 'one', [])
    await using two = await startNode(engine, 'two', [])
    await using first = connect(shared, `ws://127.0.0.1:${one.port}`, soon)
    await using second = connect(shared, `ws://127.0.0.1:${two.port}`, soon)
    const answers = [await first.api.count({ n: 7 }, { key: 'pay' }), await second.api.count({ n: 7 }, { key: 'pay' })]
    expect([answers, one.runs, two.runs]).toEqual([['one', 'one'], [7], []])
    await expect(second.api.count({ n: 8 }, { key: 'pay' })).rejects.toMatchObject({ code: 'conflict' })
  })

  it('a call whose node is out of reach and whose key was lost with the engine is never run again', async () => {
    await using engine = await startRedis()
    await using two = await startNode(engine, 'two', [])
    const begun: number[] = []
    const log = new RedisLog({ url: `redis://127.0.0.1:${engine.port}`, report: () => {} })
    const server = createServer(shared, {
      ...{ log, report: () => {}, principal: () => 'somebody', events: { board: { snapshot: () => [] } } },
      handlers: {
        count({ input }) {
          begun.push(input.n)
          return new Promise(() => {})
        },
      },
    })
    const listening = await listen(server, { port: 0, host: '127.0.0.1' })
    await using gate = await Gate.open(listening.port)
    let port = gate.port
    await using client = connect(shared, () => `ws://127.0.0.1:${port}`, soon)
    const outcome = client.api.count({ n: 7 }, { key: 'pay' }).catch((error: unknown) => error)
    await until('it has begun', () => begun.length === 1)
    await ask(engine, 'FLUSHALL')
    port = two.port
    gate.cut()
    expect(await outcome).toMatchObject({ code: 'indeterminate', mayHaveRun: true })
    expect([begun, two.runs]).toEqual([[7], []])
    await server.close()
    await log.close()
  })

  it('a hundred clients of a topic cost the engine as much as one, and carry on together after a cut', {
    timeout: 30_000,
  }, async () => {
    await using engine = await startRedis()
    await using node = await startNode(engine, 'one', [])
    await using gate = await Gate.open(node.port)
    const heard = Array.from({ length: 100 }, (): number[] => [])
    const clients = await Promise.all(
      heard.map(async (numbers) => {
        const client = connect(shared, `ws://127.0.0.1:${gate.port}`, soon)
        await client.events.tick.subscribe(
          { room: 'all' },
          { next: ({ n }) => numbers.push(n), gap: () => numbers.push(-1) },
        ).ready
        return client
      }),
    )
    const reads = async () => {
      const stats = String(await ask(engine, 'INFO', 'commandstats'))
      return Number(/cmdstat_xrange:calls=(\d+)/.exec(stats)?.[1] ?? 0)
    }
    const publish = (n: number) => node.server.events.tick.publish({ room: 'all' }, { n, at: new Date() })
    for (let n = 1; n <= 5; n++) await publish(n)
    await until('all have heard them', () => heard.every((numbers) => numbers.length === 5))
    expect(await reads()).toBe(0)
    gate.cut()
    for (let n = 6; n <= 10; n++) await publish(n)
    await until('all have heard the others', () => heard.every((numbers) => numbers.length >= 10))
    expect(heard).toEqual(heard.map(() => upTo(10)))
    for (const client of clients) await client.close()
  })

  it('while the engine stands still publishing fails typed, calls go on, and subscriptions wait for it', async () => {
    await using engine = await startRedis()
    await using log = new RedisLog({ url: `redis://127.0.0.1:${engine.port}`, timeoutMs: 300, report: () => {} })
    await using server = createServer(shared, {
      log,
      events: { board: { snapshot: () => [] } },
      handlers: { count: () => 'ran' },
      report: () => {},
    })
    await using listening = await listen(server, { port: 0, host: '127.0.0.1' })
    const url = `ws://127.0.0.1:${listening.port}`
    await using client = connect(shared, url, soon)
    const heard: number[] = []
    const hear = { next: ({ n }: { n: number }) => heard.push(n), gap: () => heard.push(-1) }
    const publish = (room: string, n: number) => server.events.tick.publish({ room }, { n, at: new Date() })
    await client.events.tick.subscribe({ room: 'old' }, hear).ready
    await publish('old', 1)
    await until('it was heard', () => heard.length === 1)
    engine.stop()
    const subscription = client.events.tick.subscribe({ room: 'new' }, hear)
    expect(await publish('old', 2).catch((error: unknown) => error)).toMatchObject({ code: 'unavailable' })
    expect(await client.api.count({ n: 1 })).toBe('ran')
    // Longer than the log waits for its engine: whoever listens is patient, and asks again.
    await sleep(700)
    engine.resume()
    await subscription.ready
    await publish('new', 3)
    await publish('old', 4)
    await until('both were heard', () => heard.includes(3) && heard.includes(4))
    expect(heard.filter((n) => n !== 2)).toEqual([1, 3, 4])
  })
})

import { setTimeout as sleep } from 'node:timers/promises'
import { connect } from '@wirepact/client/node'
import { RedisLog } from '@wirepact/eventlog-redis'
import { createServer } from '@wirepact/server'
import { listen } from '@wirepact/server/node'
import { describe, expect, it } from 'vitest'
import { startBalancer } from '../../integration/balancer.ts'
import { provideRedis } from '../../setup/engines.mjs'
import type { Engine } from '../engine.ts'
import { movesWithoutLoss, shared, soon, startNodeOn } from '../moving.ts'
import { present, startRedis } from '../servers.ts'
import { ask } from './ask.ts'
import { Gate } from './gate.ts'
import { until, upTo } from './reader.ts'

/** A node of its own: its server, and its connection to the engine. */
function startNode(engine: Engine, name: string, board: number[]) {
  return startNodeOn(new RedisLog({ url: `redis://127.0.0.1:${engine.port}`, report: () => {} }), name, board)
}

describe.runIf(present('redis-server', await provideRedis()))('nodes that share a log in Redis', () => {
  it('a client that moves from one to the other loses nothing and hears nothing twice', {
    timeout: 30_000,
  }, async () => {
    await using engine = await startRedis()
    await movesWithoutLoss('a*{b}', (name, board) => startNode(engine, name, board))
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

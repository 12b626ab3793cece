import { connect } from '@wirepact/client/node'
import { describe, expect, it } from 'vitest'
import { startBalancer } from '../../integration/balancer.ts'
import { provideNats } from '../../setup/engines.mjs'
import type { Engine } from '../engine.ts'
import { movesWithoutLoss, shared, soon, startNodeOn } from '../moving.ts'
import { upTo } from '../redis/reader.ts'
import { present, startNats } from '../servers.ts'
import { eventually, openAt } from './nodes.ts'

/** A node of its own: its server, and its connection to the engine. */
async function startNode(engine: Engine, name: string, board: number[] = []) {
  return startNodeOn(await openAt(engine.port), name, board)
}

describe.runIf(present('nats-server', await provideNats()))('nodes that share a log in NATS', () => {
  it('a client that moves from one to the other loses nothing and hears nothing twice', async () => {
    await using engine = await startNats()
    await movesWithoutLoss('a.*.>', (name, board) => startNode(engine, name, board))
  })

  it('a node and then the engine are gone at once: the client carries on at the other node, from the log', async () => {
    await using engine = await startNats()
    await using balancer = await startBalancer()
    await using one = await startNode(engine, 'one')
    await using two = await startNode(engine, 'two')
    balancer.serve(one.port)
    await using client = connect(shared, balancer.url, soon)
    const heard: number[] = []
    const gaps: unknown[] = []
    const hear = { next: ({ n }: { n: number }) => heard.push(n), gap: (gap: unknown) => gaps.push(gap) }
    await client.events.tick.subscribe({ room: 'x' }, hear).ready
    const publish = (n: number) => two.server.events.tick.publish({ room: 'x' }, { n, at: new Date() })
    for (let n = 1; n <= 10; n++) await publish(n)
    await eventually('it heard them', () => heard.length === 10)
    balancer.serve(1)
    await one.stop()
    for (let n = 11; n <= 30; n++) {
      if (n === 20) await engine.kill()
      const published = publish(n)
      if (n === 20) await engine.start()
      await published
    }
    balancer.serve(two.port)
    await eventually('it heard the others', () => heard.length >= 30)
    expect([heard, gaps]).toEqual([upTo(30), []])
  })

  it('a call with a key runs once, whichever node it comes to', async () => {
    await using engine = await startNats()
    await using one = await startNode(engine, 'one')
    await using two = await startNode(engine, 'two')
    await using first = connect(shared, `ws://127.0.0.1:${one.port}`, soon)
    await using second = connect(shared, `ws://127.0.0.1:${two.port}`, soon)
    const answers = [await first.api.count({ n: 7 }, { key: 'pay' }), await second.api.count({ n: 7 }, { key: 'pay' })]
    expect([answers, one.runs, two.runs]).toEqual([['one', 'one'], [7], []])
    await expect(second.api.count({ n: 8 }, { key: 'pay' })).rejects.toMatchObject({ code: 'conflict' })
  })

  it('a client is called through the node that it is not connected to', async () => {
    await using engine = await startNats()
    await using one = await startNode(engine, 'one')
    await using two = await startNode(engine, 'two')
    await using client = connect(shared, `ws://127.0.0.1:${one.port}`, soon)
    await client.connected()
    expect(await two.server.nodes.of('somebody').api.confirm({ what: 'sure' })).toBe('sure: yes')
  })
})

import { connect } from '@wirepact/client/node'
import { contract, event, procedure } from '@wirepact/contract'
import { createServer } from '@wirepact/server'
import { listen } from '@wirepact/server/node'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { startBalancer } from '../../integration/balancer.ts'
import { provideNats } from '../../setup/engines.mjs'
import type { Engine } from '../engine.ts'
import { present, startNats } from '../servers.ts'
import { eventually, openAt } from './nodes.ts'

const shared = contract({
  server: { count: procedure({ input: z.object({ n: z.number() }), output: z.string() }) },
  client: { confirm: procedure({ input: z.object({ what: z.string() }), output: z.string() }) },
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
async function startNode(engine: Engine, name: string, board: number[] = []) {
  const log = await openAt(engine.port)
  const runs: number[] = []
  const server = createServer(shared, {
    ...{ log, report: () => {}, principal: () => 'somebody' },
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

const soon = {
  reconnect: { baseMs: 20, capMs: 50, firstMs: 20 },
  handlers: { confirm: async ({ input }: { input: { what: string } }) => `${input.what}: yes` },
}

/** The numbers from 1 to this one. */
function upTo(last: number): number[] {
  return Array.from({ length: last }, (_, n) => n + 1)
}

describe.runIf(present('nats-server', await provideNats()))('nodes that share a log in NATS', () => {
  it('a client that moves from one to the other loses nothing and hears nothing twice', async () => {
    await using engine = await startNats()
    await using balancer = await startBalancer()
    const board: number[] = []
    const nodes = [await startNode(engine, 'one', board), await startNode(engine, 'two', board)] as const
    balancer.serve(nodes[0].port)
    await using client = connect(shared, balancer.url, soon)
    const heard: number[] = []
    const drawn: number[] = []
    const snapshots: number[][] = []
    const gaps: unknown[] = []
    const gap = (said: unknown) => gaps.push(said)
    const ticks = client.events.tick.subscribe({ room: 'a.*.>' }, { next: ({ n }) => heard.push(n), gap })
    const boards = client.events.board.subscribe({
      next: (n) => drawn.push(n),
      snapshot: (all) => snapshots.push(all),
      gap,
    })
    await Promise.all([ticks.ready, boards.ready])
    const publish = async (from: number, to: number) => {
      for (let n = from; n <= to; n++) {
        const { events } = nodes[n % 2 === 0 ? 0 : 1].server
        board.push(n)
        await Promise.all([events.tick.publish({ room: 'a.*.>' }, { n, at: new Date() }), events.board.publish(n)])
      }
    }
    await publish(1, 20)
    await eventually('all were heard', () => heard.length === 20 && drawn.length === 20)
    balancer.serve(nodes[1].port)
    const drained = nodes[0].server.drain({ deadlineMs: 1_000, spreadMs: 0 })
    await publish(21, 60)
    await drained
    expect(await client.api.count({ n: 1 })).toBe('two')
    await publish(61, 80)
    await eventually('all were heard', () => heard.length >= 80 && drawn.length >= 80)
    expect([heard, drawn, gaps, snapshots]).toEqual([upTo(80), upTo(80), [], [[]]])
    for (const node of nodes) await node.stop()
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

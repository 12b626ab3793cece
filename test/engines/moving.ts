import { connect } from '@wirepact/client/node'
import { contract, event, procedure } from '@wirepact/contract'
import type { EventLog } from '@wirepact/eventlog'
import { createServer } from '@wirepact/server'
import { listen } from '@wirepact/server/node'
import { expect } from 'vitest'
import { z } from 'zod'
import { startBalancer } from '../integration/balancer.ts'
import { until, upTo } from './redis/reader.ts'

export const shared = contract({
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
export async function startNodeOn(log: EventLog, name: string, board: number[] = []) {
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

export const soon = {
  reconnect: { baseMs: 20, capMs: 50, firstMs: 20 },
  handlers: { confirm: async ({ input }: { input: { what: string } }) => `${input.what}: yes` },
}

type OpenNode = (name: string, board: number[]) => ReturnType<typeof startNodeOn>

/** A client leaves one node for the other while both publish to a topic of this name: it loses nothing, and hears nothing twice. */
export async function movesWithoutLoss(room: string, open: OpenNode): Promise<void> {
  await using balancer = await startBalancer()
  const board: number[] = []
  const nodes = [await open('one', board), await open('two', board)] as const
  balancer.serve(nodes[0].port)
  await using client = connect(shared, balancer.url, soon)
  const heard: number[] = []
  const snapshots: number[][] = []
  const drawn: number[] = []
  const gaps: unknown[] = []
  const ticks = client.events.tick.subscribe(
    { room },
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
      await Promise.all([events.tick.publish({ room }, { n, at: new Date() }), events.board.publish(n)])
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
}

import { contract, event } from '@wirepact/contract'
import { MemoryLog } from '@wirepact/eventlog'
import { createServer } from '@wirepact/server'
import { Network } from '@wirepact/testing'
import { expect, it } from 'vitest'
import { z } from 'zod'

const shared = contract({
  events: {
    tick: event({ payload: z.number(), onGap: 'skip' }),
    room: event({ topic: z.object({ room: z.number() }), payload: z.number(), onGap: 'skip' }),
  },
})

it('servers of one log in memory read what each of them laid out by shape, of many topics in one turn', async () => {
  const network = new Network()
  const { clock } = network
  const log = new MemoryLog({ now: () => clock.now(), epoch: 'one' })
  const reports: unknown[] = []
  const make = () =>
    createServer(shared, {
      ...{ system: network.serverSystem, log, handlers: {} },
      report: (report) => void reports.push(report),
    })
  const servers = [make(), make()] as const
  const heard: number[][] = []
  for (const server of servers) {
    network.serve(server)
    const client = network.connect(shared, { report: () => {} })
    const seen: number[] = []
    heard.push(seen)
    client.events.tick.subscribe({ next: (n) => seen.push(n), gap: () => seen.push(-1) })
    // The rooms of each are watched by that server alone.
    for (const room of [1, 2]) {
      const topic = { room: heard.length * 10 + room }
      client.events.room.subscribe(topic, { next: (n) => seen.push(n), gap: () => seen.push(-1) })
    }
    await network.advance(100)
  }
  const expected: number[] = []
  for (let n = 0; n < 300; n++) {
    const { events } = servers[n < 150 ? 0 : 1]
    void events.tick.publish(n)
    for (const room of [11, 12, 21, 22]) void events.room.publish({ room }, n)
    expected.push(n, n, n)
    await network.advance(1)
  }
  await network.advance(100)
  expect([reports, heard]).toEqual([[], [expected, expected]])
})

import { contract, event } from '@wirepact/contract'
import { MemoryLog } from '@wirepact/eventlog'
import { createServer } from '@wirepact/server'
import { Network } from '@wirepact/testing'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'

const shared = contract({
  events: {
    said: event({ payload: z.number(), onGap: 'skip' }),
  },
})

function joined(network: Network, recordsPerTopic = 10_000) {
  const { clock } = network
  const server = createServer(shared, {
    system: network.serverSystem,
    log: new MemoryLog({ now: () => clock.now(), epoch: 'one', recordsPerTopic }),
    report: () => {},
    handlers: {},
    onSession: ({ connection }) => void connection.events.said.join(),
  })
  network.serve(server)
  const client = network.connect(shared, { report: () => {} })
  const heard: unknown[] = []
  client.events.said.joined({ next: (n) => heard.push(n), gap: (gap) => heard.push(gap) })
  return { server, heard }
}

describe('a topic that the server chose', () => {
  it.each(Array.from({ length: 20 }, (_, index) => index + 1))(
    'loses and doubles nothing under cuts (seed %i)',
    async (seed) => {
      const network = new Network({ seed, latencyMs: 20 })
      const { server, heard } = joined(network)
      await network.advance(1_000)
      for (let n = 0; n < 200; n++) {
        void server.events.said.publish(n)
        await network.advance(network.random.below(500))
        if (network.random.chance(0.1)) network.cutAfter(1 + network.random.below(4))
      }
      await network.advance(60_000)
      expect(heard).toEqual(Array.from({ length: 200 }, (_, index) => index))
    },
  )

  it('says one gap when what was lost is no longer kept, and none when all of it had arrived', async () => {
    const network = new Network()
    const { server, heard } = joined(network, 10)
    await network.advance(1_000)
    for (let n = 1; n <= 30; n++) await server.events.said.publish(n)
    await network.advance(1_000)
    // More than the log keeps lies behind the last sign of life, and all of it was received.
    network.cut()
    await network.advance(5_000)
    expect(heard).toEqual(Array.from({ length: 30 }, (_, index) => index + 1))
    network.cut()
    for (let n = 31; n <= 50; n++) await server.events.said.publish(n)
    await network.advance(5_000)
    expect(heard.slice(30)).toEqual([
      expect.objectContaining({ reason: 'trimmed', from: 30, to: 40 }),
      ...Array.from({ length: 10 }, (_, index) => index + 41),
    ])
  })
})

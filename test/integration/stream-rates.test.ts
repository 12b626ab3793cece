import { contract, procedure } from '@wirepact/contract'
import { createServer } from '@wirepact/server'
import { Network } from '@wirepact/testing'
import { expect, it } from 'vitest'
import { z } from 'zod'

const shared = contract({
  server: {
    take: procedure({ accepts: z.number(), output: z.number() }),
    ping: procedure({ output: z.string() }),
  },
})

// The server reads 5,000 messages a second; what a client has to hold back must not be in the way of its calls.
it('a call does not wait behind the small items of a stream that goes as fast as it may', async () => {
  const network = new Network({ latencyMs: 2 })
  const server = createServer(shared, {
    system: network.serverSystem,
    handlers: {
      async take({ items }) {
        let count = 0
        for await (const _ of items) count++
        return count
      },
      ping: () => 'pong',
    },
  })
  network.serve(server)
  const { api } = network.connect(shared)
  let on = true
  const taken = api.take(undefined, {
    items: (function* () {
      while (on) yield 1
    })(),
  })
  await network.advance(5_000)
  const slow: number[] = []
  for (let count = 0; count < 50; count++) {
    const before = network.clock.now()
    await network.until(api.ping())
    slow.push(network.clock.now() - before)
  }
  on = false
  expect(Math.max(...slow)).toBeLessThan(25)
  // And the stream does go as fast as it may: nine tenths of 5,000 each second.
  expect(await network.until(taken)).toBeGreaterThan(15_000)
})

import { contract, procedure } from '@wirepact/contract'
import { createServer } from '@wirepact/server'
import { Network } from '@wirepact/testing'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'

const shared = contract({ server: { work: procedure({ input: z.number(), output: z.number() }) } })

describe('a try that the client has left behind', () => {
  it('does not take the session from the newer one when its permission comes late', async () => {
    const network = new Network({ latencyMs: 10 })
    const { clock } = network
    const waits = [0, 2_000, 0]
    const server = createServer(shared, {
      system: network.serverSystem,
      report: () => {},
      authenticate: () =>
        new Promise<undefined>((resolve) => clock.schedule(waits.shift() ?? 0, () => resolve(undefined))),
      handlers: {
        work: ({ input }) => new Promise<number>((resolve) => clock.schedule(5_000, () => resolve(input))),
      },
    })
    network.serve(server)
    const client = network.connect(shared, { reconnect: { baseMs: 10, firstMs: 10 }, report: () => {} })
    await network.advance(100)
    const call = client.api.work(1)
    await network.advance(100)
    network.cut()
    // The second try has said hello and waits for permission when only the client learns that its connection broke.
    await network.advance(100)
    for (const link of network.links) link.cutFor('client')
    await network.advance(100)
    expect(client.status.value.phase).toBe('connected')
    await network.advance(3_000)
    expect(client.status.value.phase).toBe('connected')
    expect(await network.until(call)).toBe(1)
    await network.until(Promise.all([client.close(), server.close()]))
  })
})

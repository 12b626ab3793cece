import { contract, procedure } from '@wirepact/contract'
import { createServer } from '@wirepact/server'
import { Network } from '@wirepact/testing'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'

const shared = contract({ server: { work: procedure({ input: z.number(), output: z.number() }) } })

describe('a session that the client gives up while it asks for it', () => {
  it('is not confused with the one that follows', async () => {
    const network = new Network({ latencyMs: 10 })
    const { clock } = network
    const reports: string[] = []
    let slow = false
    const server = createServer(shared, {
      system: network.serverSystem,
      report: ({ message }) => reports.push(message),
      // Permission takes longer than the client's calls wait.
      authenticate: () => new Promise<undefined>((resolve) => clock.schedule(slow ? 500 : 0, () => resolve(undefined))),
      handlers: { work: ({ input }) => input },
    })
    network.serve(server)
    const client = network.connect(shared, {
      // Back within 10 ms, and answered after 500: in between, the calls and their session are given up.
      reconnect: { baseMs: 10, firstMs: 10 },
      settleWhenDetachedMs: 200,
      report: ({ message }) => reports.push(message),
    })
    await network.advance(1_000)
    expect(await network.until(client.api.work(1))).toBe(1)

    slow = true
    const phases: string[] = []
    client.status.subscribe(({ phase }) => phases.push(phase))
    network.cut()
    await network.advance(10_000)
    expect(client.status.value.phase).toBe('connected')
    expect(await network.until(client.api.work(2))).toBe(2)
    expect(await network.until(client.api.work(3))).toBe(3)
    expect([reports, phases.includes('closed')]).toEqual([[], false])
    const closing = Promise.all([client.close(), server.close()])
    await network.until(closing)
  })
})

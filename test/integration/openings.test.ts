import { contract, procedure } from '@wirepact/contract'
import { createServer, type ServerOptions } from '@wirepact/server'
import { Network } from '@wirepact/testing'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'

const shared = contract({
  server: { echo: procedure({ input: z.string(), output: z.string() }) },
  state: z.object({ greeting: z.string() }),
})

function world(options: Partial<ServerOptions<typeof shared, undefined>> = {}) {
  const network = new Network({ seed: 1 })
  const reports: string[] = []
  const server = createServer(shared, {
    system: network.serverSystem,
    report: ({ what, where, message }) => reports.push(`${what} ${where} ${message}`),
    state: () => ({ greeting: 'hello' }),
    handlers: { echo: ({ input }) => input },
    ...options,
  })
  network.serve(server)
  const client = network.connect(shared, { report: () => {} })
  return { network, server, client, reports }
}

describe('an opening', () => {
  it('whose state cannot be had now does not blame the credentials: the client tries again', async () => {
    let failures = 2
    const { network, client, reports } = world({
      state() {
        if (failures-- > 0) throw new Error('the database is away')
        return { greeting: 'hello' }
      },
    })
    expect(await network.until(client.api.echo('a'))).toBe('a')
    expect(client.state.value).toEqual({ greeting: 'hello' })
    expect(reports).toHaveLength(2)
    for (const report of reports) expect(report).toMatch(/^session-hook-failed open /)
  })

  it('that a newer one of the same client has overtaken is closed, and nothing is reported', async () => {
    const waits = [0, 4_000, 0]
    const { network, server, client, reports } = world({
      async authenticate() {
        const ms = waits.shift() ?? 0
        await new Promise<void>((resolve) => network.clock.schedule(ms, resolve))
        return undefined
      },
    })
    await network.advance(6_000)
    const [session] = [...server.connections]
    network.cut()
    await network.advance(1_100)
    // Its check goes on: the server does not know that nobody waits for it any more.
    for (const link of network.links) link.cutFor('client')
    await network.advance(1_000)
    expect([waits.length, client.status.value.phase, server.connections.size]).toEqual([0, 'connected', 1])
    await network.advance(20_000)
    expect(await network.until(client.api.echo('b'))).toBe('b')
    expect([...server.connections]).toEqual([session])
    expect(reports).toEqual([])
  })

  it('whose check takes too long is given up, and the client is not said to have kept silent', async () => {
    const waits = [60_000, 0]
    const { network, client, reports } = world({
      async authenticate() {
        const ms = waits.shift() ?? 0
        await new Promise<void>((resolve) => network.clock.schedule(ms, resolve))
        return undefined
      },
    })
    const because: unknown[] = []
    client.status.subscribe((status) => because.push('because' in status ? status.because : undefined))
    expect(await network.until(client.api.echo('c'))).toBe('c')
    expect(because[0]).toBe('the server did not answer within 5000 ms')
    expect(reports).toEqual([expect.stringMatching(/^authenticate-failed authenticate /)])
  })

  it('that a server which is leaving turns away is no violation of the client’s', async () => {
    const { network, server, reports } = world({ authenticate: () => new Promise(() => {}) })
    await network.advance(1_000)
    await network.until(server.close())
    await network.advance(30_000)
    expect(reports).toEqual([])
  })
})

import { contract, procedure } from '@wirepact/contract'
import { createServer, type ServerOptions } from '@wirepact/server'
import { Network } from '@wirepact/testing'
import { describe, expect, it, vi } from 'vitest'
import { z } from 'zod'
import { join, serve } from './serve.ts'

const shared = contract({
  server: {
    whoami: procedure({ output: z.string() }),
    slow: procedure({ output: z.string() }),
  },
})

interface Context {
  readonly user: string
  readonly token: string
  readonly goodForMs?: number
}

/** A server that knows tokens of the form `user-number`; the number is good for `goodForMs`. */
async function world(options: Partial<ServerOptions<typeof shared, Context>> = {}) {
  const network = new Network()
  const refused = new Set<string>()
  const server = createServer<typeof shared, Context>(shared, {
    system: network.serverSystem,
    report: () => {},
    authenticate({ credentials }) {
      const token = String(credentials)
      if (refused.has(token)) throw new Error('revoked')
      return { user: token.split('-')[0] as string, token }
    },
    handlers: {
      whoami: ({ context }) => context.token,
      async slow({ context }) {
        await new Promise<void>((resolve) => network.clock.schedule(200_000, resolve))
        return context.token
      },
    },
    ...options,
  })
  network.serve(server)
  const asked = { count: 0 }
  const give = { next: (): unknown => `ann-${asked.count}` }
  const client = network.connect(shared, {
    report: () => {},
    credentials: () => {
      asked.count++
      return give.next()
    },
  })
  const phases: string[] = []
  client.status.subscribe(({ phase }) => phases.push(phase))
  await network.advance(1_000)
  return { network, server, client, asked, give, phases, refused }
}

describe('credentials that expire', () => {
  it('are asked for again on the live connection, and replace the context', async () => {
    const { network, client, asked, phases } = await world({ expiresInMs: () => 60_000 })
    const slow = client.api.slow(undefined, { timeoutMs: 0 })
    expect(await network.until(client.api.whoami())).toBe('ann-1')
    await network.advance(60_000)
    expect(await network.until(client.api.whoami())).toBe('ann-2')
    await network.advance(60_000)
    expect(await network.until(client.api.whoami())).toBe('ann-3')
    expect(await network.until(slow)).toBe('ann-1')
    expect(asked.count).toBe(4)
    expect(phases).toEqual(['connected'])
  })

  it('that are refused close the connection for good, within the grace', async () => {
    const { network, server, client, refused } = await world({ expiresInMs: () => 60_000 })
    refused.add('ann-2')
    await network.advance(60_000)
    expect(server.connections.size).toBe(0)
    expect(client.status.value).toEqual({ phase: 'closed', because: 'the fresh credentials were refused' })
    await expect(client.api.whoami()).rejects.toMatchObject({ code: 'unauthenticated' })
  })

  it('that do not come close the connection when the grace is over', async () => {
    const { network, server, client, give } = await world({ expiresInMs: () => 60_000 })
    give.next = () => new Promise(() => {})
    await network.advance(60_000 + 24_000 - 1_000)
    expect(server.connections.size).toBe(1)
    await network.advance(2_000)
    expect(server.connections.size).toBe(0)
    expect(client.status.value).toEqual({ phase: 'closed', because: 'no fresh credentials came in time' })
  })

  it('that the application cannot get just now are asked for again by a new connection, and calls carry on', async () => {
    const { network, client, asked, give, phases } = await world({
      expiresInMs: () => 60_000,
      principal: ({ context }) => context.user,
    })
    const slow = client.api.slow(undefined, { timeoutMs: 0 })
    let failures = 0
    const good = give.next
    give.next = () => {
      if (failures++ < 2) throw new Error('the token endpoint is down')
      return good()
    }
    await network.advance(120_000)
    expect(phases.filter((phase) => phase === 'connected')).toHaveLength(2)
    expect(await network.until(slow)).toBe('ann-1')
    expect(asked.count).toBeGreaterThanOrEqual(4)
  })

  it('of somebody else are refused', async () => {
    const { network, server, client, give } = await world({ principal: ({ context }) => context.user })
    give.next = () => 'eve-1'
    const [connection] = [...server.connections]
    connection?.requireCredentials()
    await network.advance(1_000)
    expect(client.status.value.phase).toBe('closed')
    expect(server.connections.size).toBe(0)
  })

  it('carry the session on after a cut, though they are not those that it began with', async () => {
    const { network, server, client, asked, give } = await world({ expiresInMs: () => 60_000 })
    give.next = () => `ann-${Math.min(2, asked.count)}`
    const slow = client.api.slow(undefined, { timeoutMs: 0 })
    await network.advance(61_000)
    const [before] = [...server.connections]
    expect(before?.context.token).toBe('ann-2')
    network.cut()
    await network.advance(5_000)
    expect([...server.connections]).toEqual([before])
    expect(asked.count).toBe(3)
    expect(await network.until(slow)).toBe('ann-1')
  })

  it('are demanded at once where the application says so, and a second demand does not put the end off', async () => {
    const { network, server, give } = await world()
    give.next = () => new Promise(() => {})
    const [connection] = [...server.connections]
    connection?.requireCredentials({ graceMs: 1_000 })
    await network.advance(900)
    connection?.requireCredentials()
    expect(server.connections.size).toBe(1)
    await network.advance(200)
    expect(server.connections.size).toBe(0)
  })
})

describe('a check of fresh credentials', () => {
  /** A server whose checks end when the test says so. */
  async function checking() {
    const checks: { token: string; pass: () => void }[] = []
    const all = await world({
      principal: ({ context }) => context.user,
      async authenticate({ credentials }) {
        const token = String(credentials)
        if (token !== 'ann-1') await new Promise<void>((pass) => checks.push({ token, pass }))
        return { user: 'ann', token }
      },
    })
    const demand = async (count: number) => {
      for (let index = 0; index < count; index++) {
        for (const connection of all.server.connections) connection.requireCredentials()
        await all.network.advance(10)
      }
    }
    const token = () => [...all.server.connections][0]?.context.token
    return { ...all, checks, demand, token }
  }

  it('runs alone, and only the newest of those that came meanwhile is checked after it', async () => {
    const { checks, demand, network, token } = await checking()
    await demand(5)
    expect(checks.map((check) => check.token)).toEqual(['ann-2'])
    checks[0]?.pass()
    await network.advance(10)
    expect([token(), checks.map((check) => check.token)]).toEqual(['ann-2', ['ann-2', 'ann-6']])
    checks[1]?.pass()
    await network.advance(10)
    expect([token(), checks.length]).toEqual(['ann-6', 2])
  })

  it('that outlives its connection replaces nothing that the next one came with', async () => {
    const { checks, demand, network, token, server } = await checking()
    const [session] = [...server.connections]
    await demand(1)
    network.cut()
    await network.advance(5_000)
    checks[1]?.pass()
    await network.advance(10)
    checks[0]?.pass()
    await network.advance(10)
    expect([token(), [...server.connections][0]]).toEqual(['ann-3', session])
  })

  it('gives a context whose expiry is asked for: a function that fails refuses it, and no session is left behind', async () => {
    let fails = false
    const { network, server, client } = await world({
      expiresInMs: () => {
        if (fails) throw new Error('no such claim')
        return 60_000
      },
    })
    fails = true
    network.cut()
    await network.advance(5_000)
    expect([client.status.value.phase, server.connections.size]).toEqual(['closed', 0])
  })

  it('that accepts what has expired already does not go round in a ring', async () => {
    const { network, client, asked } = await world({ expiresInMs: () => -1 })
    await network.advance(9_000)
    expect(client.status.value.phase).toBe('connected')
    expect(asked.count).toBeLessThanOrEqual(11)
  })

  it('is not demanded within what is no time', async () => {
    const { server, client } = await world()
    const [connection] = [...server.connections]
    for (const graceMs of [Number.NaN, -1, Number.POSITIVE_INFINITY]) {
      expect(() => connection?.requireCredentials({ graceMs })).toThrow(RangeError)
    }
    connection?.requireCredentials({ graceMs: 1_000.5 })
    expect(client.status.value.phase).toBe('connected')
  })
})

describe('over real sockets', () => {
  it('fresh credentials replace the context without a disconnect', async () => {
    const { url, server } = await serve()
    let user = 'ada'
    const client = join(url, { credentials: () => user })
    await client.connected()
    const [connection] = [...server.connections]
    expect(connection?.context.user).toBe('ada')
    user = 'grace'
    connection?.requireCredentials({ graceMs: 5_000 })
    await vi.waitFor(() => expect(connection?.context.user).toBe('grace'))
    expect([...server.connections][0]).toBe(connection)
    expect(client.status.value.phase).toBe('connected')
  })

  it('refused ones close with 4401, and the client is told', async () => {
    let refuse = false
    const { url, server } = await serve({
      authenticate: () => {
        if (refuse) throw new Error('revoked')
        return { user: 'ada' }
      },
    })
    const client = join(url)
    await client.connected()
    refuse = true
    for (const connection of server.connections) connection.requireCredentials()
    await vi.waitFor(() => expect(client.status.value.phase).toBe('closed'))
    await expect(client.api.nested.echo({ text: 'x' })).rejects.toMatchObject({ code: 'unauthenticated' })
  })

  it('a drained server sends its clients elsewhere, with no call failed', async () => {
    const first = await serve()
    const client = join(first.url)
    await client.connected()
    const answers = Array.from({ length: 50 }, () => client.api.increment({ by: 1 }))
    const slow = client.api.nested.slow({ ms: 150 })
    await first.server.drain({ deadlineMs: 5_000, spreadMs: 100 })
    expect(await slow).toBe('done')
    expect((await Promise.all(answers)).map(({ value }) => value)).toHaveLength(50)
    expect(first.server.connections.size).toBe(0)
    const refused = join(first.url)
    await vi.waitFor(() => expect(refused.status.value).toMatchObject({ because: expect.stringContaining('503') }))
  })
})

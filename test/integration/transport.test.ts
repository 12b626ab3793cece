import { connect as connectTls } from 'node:tls'
import { connect } from '@wirepact/client/node'
import { contract, procedure } from '@wirepact/contract'
import { createServer, createTickets } from '@wirepact/server'
import { listen } from '@wirepact/server/node'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { z } from 'zod'

const shared = contract({ server: { who: procedure({ output: z.string() }) } })

describe('TLS in one line', () => {
  const serveTls = async () => {
    const server = createServer(shared, { handlers: { who: () => 'anybody' } })
    onTestFinished(() => server.close())
    return listen(server, { port: 0, host: '127.0.0.1', tls: 'self-signed' })
  }

  it('serves with a certificate of its own, for the names of this machine', async () => {
    const { url, port } = await serveTls()
    expect(url).toMatch(/^wss:/)
    await using client = connect(shared, url, { tls: { rejectUnauthorized: false } })
    expect(await client.api.who()).toBe('anybody')
    const certificate = await new Promise<ReturnType<ReturnType<typeof connectTls>['getPeerX509Certificate']>>(
      (resolve) => {
        const socket = connectTls({ host: '127.0.0.1', port, rejectUnauthorized: false }, () => {
          resolve(socket.getPeerX509Certificate())
          socket.destroy()
        })
      },
    )
    expect(certificate?.checkHost('localhost')).toBe('localhost')
    expect(certificate?.checkIP('127.0.0.1')).toBe('127.0.0.1')
    expect(certificate?.checkIP('::1')).toBeDefined()
    expect(certificate?.verify(certificate.publicKey)).toBe(true)
    expect(certificate?.ca).toBe(false)
  })

  it('is trusted by whoever is given the certificate, and by nobody else', async () => {
    const { url } = await serveTls()
    await using client = connect(shared, url, {
      connectTimeoutMs: 1_000,
      reconnect: { baseMs: 10, firstMs: 10, capMs: 10 },
    })
    await expect(client.connected({ signal: AbortSignal.timeout(300) })).rejects.toMatchObject({ code: 'cancelled' })
  })

  it('is refused in production', async () => {
    vi.stubEnv('NODE_ENV', 'production')
    onTestFinished(() => void vi.unstubAllEnvs())
    await expect(serveTls()).rejects.toThrow('for development')
  })
})

describe('tickets', () => {
  it('let one connection in, once, and not after their time', async () => {
    let now = 0
    const tickets = createTickets<string>({ now: () => now, ttlMs: 1_000 })
    const ticket = tickets.issue('ann')
    const request = { url: `/rpc?ticket=${ticket}`, headers: {}, remoteAddress: undefined }
    expect([tickets.redeem(request), tickets.redeem(request)]).toEqual(['ann', undefined])
    const late = tickets.issue('ann')
    now += 1_000
    expect(tickets.redeem({ ...request, url: `/?ticket=${late}` })).toBeUndefined()
    for (const url of ['/', '/?ticket=', '/?ticket=constructor', '//[', '/?other=1']) {
      expect(tickets.redeem({ ...request, url })).toBeUndefined()
    }
  })

  it('do not gather', () => {
    const tickets = createTickets<number>({ most: 3 })
    const issued = Array.from({ length: 5 }, (_, index) => tickets.issue(index))
    const redeem = (ticket: string) =>
      tickets.redeem({ url: `/?ticket=${ticket}`, headers: {}, remoteAddress: undefined })
    expect(issued.map(redeem)).toEqual([undefined, undefined, 2, 3, 4])
    expect(new Set(issued).size).toBe(5)
  })

  it('say who a client is, over a real connection', async () => {
    const tickets = createTickets<string>()
    const server = createServer(shared, {
      authenticate: ({ request }) => {
        const user = tickets.redeem(request)
        if (user === undefined) throw new Error('no ticket')
        return { user }
      },
      report: () => {},
      handlers: { who: ({ context }) => context.user },
    })
    onTestFinished(() => server.close())
    const { url } = await listen(server, { port: 0, host: '127.0.0.1' })
    const withTicket = `${url}?ticket=${tickets.issue('ann')}`
    await using first = connect(shared, withTicket)
    expect(await first.api.who()).toBe('ann')
    await using second = connect(shared, withTicket)
    await expect(second.api.who()).rejects.toMatchObject({ code: 'unauthenticated' })
  })

  it('are asked for anew by a client that comes back, whose session goes on, also when there is none at first', async () => {
    const tickets = createTickets<string>()
    const server = createServer(shared, {
      authenticate: ({ request }) => {
        const user = tickets.redeem(request)
        if (user === undefined) throw new Error('no ticket')
        return { user }
      },
      principal: ({ context }) => context.user,
      report: () => {},
      handlers: { who: ({ context, connection }) => `${context.user} ${connection.id}` },
    })
    onTestFinished(() => server.close())
    const { url } = await listen(server, { port: 0, host: '127.0.0.1' })
    let asked = 0
    const address = async () => {
      if (asked++ === 0) throw new Error('the shop for tickets is not open yet')
      return `${url}?ticket=${tickets.issue('ann')}`
    }
    await using client = connect(shared, address, { reconnect: { firstMs: 5, baseMs: 5, capMs: 20 } })
    const before = await client.api.who()
    expect([before, asked]).toEqual([expect.stringMatching(/^ann /), 2])
    for (const connection of server.connections) connection.terminate()
    expect([await client.api.who(), asked]).toEqual([before, 3])
  })

  it('that are no address are tried again, and are in no status', async () => {
    const said: string[] = []
    await using client = connect(shared, () => 'ftp://localhost/?ticket=hunter2', { reconnect: { firstMs: 5 } })
    client.status.subscribe((status) => said.push(JSON.stringify(status)))
    await expect(client.api.who(undefined, { timeoutMs: 200 })).rejects.toMatchObject({ code: 'deadline-exceeded' })
    expect(said.join()).toContain('not an address')
    expect(said.join()).not.toContain('hunter2')
  })
})

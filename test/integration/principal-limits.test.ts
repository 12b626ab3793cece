import { contract, procedure } from '@wirepact/contract'
import { createServer, type Limits } from '@wirepact/server'
import { Network } from '@wirepact/testing'
import { expect, it } from 'vitest'
import { z } from 'zod'

const shared = contract({
  server: { name: procedure({ output: z.string() }) },
})

type Credentials = string | undefined

/** Names who has credentials, and leaves the others guests. */
function setUp(limits: Partial<Limits>) {
  const network = new Network()
  const server = createServer<typeof shared, { user: string | undefined }>(shared, {
    system: network.serverSystem,
    limits,
    report: () => {},
    authenticate: ({ credentials }) => ({ user: credentials as Credentials }),
    principal: ({ context }) => context.user,
    handlers: { name: ({ context }) => context.user ?? 'guest' },
  })
  network.serve(server)
  const join = (credentials: Credentials, options: object = {}) => network.connect(shared, { credentials, ...options })
  const joined = async (credentials: Credentials, options?: object) => {
    const client = join(credentials, options)
    await network.until(client.connected())
    return client
  }
  return { network, server, join, joined }
}

it('sessionsPerPrincipal: the last that fits is served, the next is closed with 4429 and comes in when there is a place', async () => {
  const { network, join, joined } = setUp({ sessionsPerPrincipal: 2 })
  const first = await joined('ann')
  await joined('ann')
  const third = join('ann')
  await network.advance(2_000)
  expect(third.status.value).toMatchObject({ because: expect.stringContaining('(limits.sessionsPerPrincipal)') })
  const bob = await joined('bob')
  expect(await network.until(bob.api.name())).toBe('bob')
  await network.until(first.close())
  await network.advance(60_000)
  expect(await network.until(third.api.name())).toBe('ann')
})

it('sessionsPerPrincipal: who is absent for longest gives its place, so that nobody is locked out by connections that broke', async () => {
  const { network, server, joined } = setUp({ sessionsPerPrincipal: 2 })
  const reconnect = { firstMs: 50_000, baseMs: 50_000, capMs: 50_000 }
  for (let each = 0; each < 2; each++) await joined('ann', { reconnect })
  network.cut()
  await network.advance(100)
  const before = network.clock.now()
  for (let each = 0; each < 2; each++) await joined('ann')
  expect([network.clock.now() - before < 1_000, server.connections.size]).toEqual([true, 2])
})

it('guests are no principal: they share no quota', async () => {
  const { network, server, joined } = setUp({ sessionsPerPrincipal: 2 })
  const guests = []
  for (let index = 0; index < 10; index++) guests.push(await joined(undefined))
  const names = await network.until(Promise.all(guests.map((guest) => guest.api.name())))
  expect([names, server.connections.size]).toEqual([Array.from({ length: 10 }, () => 'guest'), 10])
  expect(server.revoke('guest')).toBe(0)
})

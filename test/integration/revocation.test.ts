import { contract, event, procedure } from '@wirepact/contract'
import { createServer, type ServerOptions } from '@wirepact/server'
import { Network, settle } from '@wirepact/testing'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'

const shared = contract({
  server: {
    open: procedure({ output: z.string() }),
    admin: {
      reboot: procedure({ output: z.string() }),
      users: { remove: procedure({ input: z.object({ name: z.string() }), output: z.string() }) },
    },
    wait: procedure({ output: z.string() }),
  },
  events: { news: event({ topic: z.object({ room: z.string() }), payload: z.number(), onGap: 'skip' }) },
})

interface Context {
  user: string
  role: string
}
type Options = Partial<ServerOptions<typeof shared, Context>>

function setUp(options: Options = {}) {
  const network = new Network()
  const aborted: string[] = []
  const ends: string[] = []
  const server = createServer<typeof shared, Context>(shared, {
    system: network.serverSystem,
    report: () => {},
    authenticate: ({ credentials }) => credentials as Context,
    principal: ({ context }) => context.user,
    onSession: ({ connection }) => {
      const { user } = connection.context
      return () => void ends.push(user)
    },
    handlers: {
      open: () => 'open',
      admin: { reboot: () => 'rebooted', users: { remove: ({ input }) => `removed ${input.name}` } },
      wait: ({ signal }) =>
        new Promise<string>((_, reject) => {
          signal.addEventListener('abort', () => {
            aborted.push('wait')
            reject(signal.reason)
          })
        }),
    },
    ...options,
  })
  network.serve(server)
  const join = (user: string, role = 'guest') =>
    network.connect(shared, { credentials: () => ({ user, role }), report: () => {} })
  return { network, server, join, aborted, ends }
}

describe('revoking a principal', () => {
  it('ends its sessions at once, those of absent clients too, and no others', async () => {
    const { network, server, join, aborted, ends } = setUp()
    const [eve, other, absent, bob] = [join('eve'), join('eve'), join('eve', 'away'), join('bob')]
    await network.until(Promise.all([eve, other, absent, bob].map((each) => each.connected())))
    const waiting = eve.api.wait().catch((error) => error.code)
    await network.advance(20)
    for (const connection of server.connections) if (connection.context.role === 'away') connection.terminate()
    expect(server.revoke('eve')).toBe(3)
    expect([aborted, ends]).toEqual([['wait'], ['eve', 'eve', 'eve']])
    await network.advance(50)
    expect(await waiting).toBe('unauthenticated')
    expect([eve.status.value.phase, other.status.value.phase]).toEqual(['closed', 'closed'])
    expect([...server.connections].map(({ context }) => context.user)).toEqual(['bob'])
    expect(await network.until(bob.api.open())).toBe('open')
    // Whoever is away learns of it when it comes back: its session is not there any more.
    expect(await network.until(absent.api.open())).toBe('open')
    expect(server.connections.size).toBe(2)
  })

  it('refuses who is just being let in on what was true before, and leaves who comes later to authenticate', async () => {
    let answer = (): void => {}
    let asked = 0
    const { network, server, join } = setUp({
      authenticate: async ({ credentials }) => {
        if (asked++ === 0) await new Promise<void>((resolve) => (answer = resolve))
        return credentials as Context
      },
    })
    const early = join('eve')
    await network.advance(20)
    server.revoke('eve')
    answer()
    await settle()
    await network.advance(50)
    expect(early.status.value).toMatchObject({ phase: 'closed', because: 'access was revoked' })
    const late = join('eve')
    expect(await network.until(late.api.open())).toBe('open')
  })

  it('needs to know who is who', () => {
    const server = createServer(shared, { handlers: setUpHandlers })
    expect(() => server.revoke('eve')).toThrow(TypeError)
  })
})

const setUpHandlers = {
  open: () => 'open',
  admin: { reboot: () => '', users: { remove: () => '' } },
  wait: () => '',
}

describe('authorisation', () => {
  const authorize: NonNullable<Options['authorize']> = {
    '*': ({ context }) => context.role !== 'banned',
    'admin.*': ({ context }) => context.role === 'admin',
    'admin.users.remove': async ({ context, input }) => (input as { name: string }).name !== context.user,
  }
  const outcome = (promise: Promise<string>) => promise.catch((error) => error.code as string)

  it.each([
    ['banned', ['permission-denied', 'permission-denied', 'permission-denied', 'permission-denied']],
    ['guest', ['open', 'permission-denied', 'permission-denied', 'permission-denied']],
    ['admin', ['open', 'rebooted', 'removed bob', 'permission-denied']],
  ])('asks the contract, the namespace and the procedure: %s', async (role, expected) => {
    const { network, join } = setUp({ authorize })
    const { api } = join('ann', role)
    const calls = [
      api.open(),
      api.admin.reboot(),
      api.admin.users.remove({ name: 'bob' }),
      api.admin.users.remove({ name: 'ann' }),
    ]
    expect(await network.until(Promise.all(calls.map(outcome)))).toEqual(expected)
  })

  it('counts fresh credentials and those of a resume from the next call on', async () => {
    let role = 'guest'
    const { network, server } = setUp({ authorize })
    const client = network.connect(shared, { credentials: () => ({ user: 'ann', role }), report: () => {} })
    expect(await network.until(outcome(client.api.admin.reboot()))).toBe('permission-denied')
    role = 'admin'
    for (const connection of server.connections) connection.requireCredentials()
    await network.advance(100)
    expect(await network.until(outcome(client.api.admin.reboot()))).toBe('rebooted')
    role = 'guest'
    network.cut()
    expect(await network.until(outcome(client.api.admin.reboot()))).toBe('permission-denied')
    expect(server.connections.size).toBe(1)
  })

  it('anything but true is a no, and a rule that throws lets nobody pass', async () => {
    for (const rule of [() => 1, () => undefined, () => 'true', () => Promise.resolve(false)]) {
      const { network, join } = setUp({ authorize: { open: rule as unknown as () => boolean } })
      expect(await network.until(outcome(join('ann').api.open()))).toBe('permission-denied')
    }
    const fails = () => {
      throw new Error('database')
    }
    const { network, join } = setUp({ authorize: { open: fails } })
    expect(await network.until(outcome(join('ann').api.open()))).toBe('internal')
  })

  it.each(['admin', 'admin.reboot.*', 'nothing', 'admin.users', '', 'constructor'])(
    'a rule before nothing is a mistake: %s',
    (place) => {
      expect(() => setUp({ authorize: { [place]: () => true } })).toThrow(/stands before nothing/)
    },
  )
})

import { contract, procedure } from '@wirepact/contract'
import { createServer } from '@wirepact/server'
import { Network } from '@wirepact/testing'
import { expect, it } from 'vitest'
import { z } from 'zod'

const shared = contract({ client: { confirm: procedure({ input: z.string(), output: z.boolean() }) } })

function world(count: number) {
  const network = new Network()
  const running = { now: 0, most: 0 }
  const server = createServer(shared, {
    system: network.serverSystem,
    report: () => {},
    handlers: {},
    authenticate: ({ credentials }) => ({ user: String(credentials) }),
    principal: ({ context }) => context.user,
  })
  network.serve(server)
  const clients = Array.from({ length: count }, (_, index) =>
    network.connect(shared, {
      credentials: `user ${index % 3}`,
      report: () => {},
      handlers: {
        async confirm({ input }) {
          running.now++
          running.most = Math.max(running.most, running.now)
          await new Promise<void>((resolve) => network.clock.schedule(50, resolve))
          running.now--
          if (index === 1) throw new Error('mine')
          return input === 'sure?'
        },
      },
    }),
  )
  const connected = () => network.until(Promise.all(clients.map((client) => client.connected())))
  return { network, server, clients, connected, running }
}

it('every client is called, some at a time, and each answers or fails alone', async () => {
  const { network, server, connected, running } = world(10)
  await connected()
  const answers = await network.until(server.connections.callAll(({ api }) => api.confirm('sure?'), { concurrency: 4 }))
  expect(answers.filter((answer) => answer.ok && answer.value)).toHaveLength(9)
  expect(answers.flatMap((answer) => (answer.ok ? [] : [answer.error.code]))).toEqual(['internal'])
  expect(answers.map(({ connection }) => connection)).toEqual([...server.connections])
  expect(running.most).toBe(4)
})

it('a client that goes away meanwhile fails alone', async () => {
  const { network, server, clients, connected } = world(3)
  await connected()
  const asked = server.connections.callAll(({ api }) => api.confirm('sure?'))
  await network.advance(20)
  void clients[2]?.close()
  const answers = await network.until(asked)
  // In the order in which they happened to connect.
  const told = answers.map((answer) => (answer.ok ? answer.value : answer.error.code))
  expect(told.sort()).toEqual(['connection-lost', 'internal', true])
})

it('nobody is called any more once it is aborted', async () => {
  const { network, server, connected } = world(6)
  await connected()
  const stop = new AbortController()
  const asked = server.connections.callAll(({ api }) => api.confirm('sure?'), { concurrency: 2, signal: stop.signal })
  await network.advance(5)
  stop.abort()
  const answers = await network.until(asked)
  expect(answers.map((answer) => (answer.ok ? 'asked' : answer.error.code)).slice(2)).toEqual(
    Array(4).fill('cancelled'),
  )
})

it('the connections of one client are found by its principal', async () => {
  const { network, server, clients, connected } = world(7)
  await connected()
  const users = (principal: string) => Array.from(server.connections.of(principal), ({ context }) => context.user)
  expect([users('user 0').length, users('user 1').length, users('nobody').length]).toEqual([3, 2, 0])
  expect(new Set(users('user 0'))).toEqual(new Set(['user 0']))
  await network.until(clients[0]?.close() as Promise<void>)
  expect(server.connections.of('user 0').size).toBe(2)
  const answers = await network.until(server.connections.of('user 2').callAll(({ api }) => api.confirm('sure?')))
  expect(answers.map((answer) => answer.ok && answer.value)).toEqual([true, true])
})

import { connect } from '@wirepact/client/node'
import type { EventLog } from '@wirepact/eventlog'
import { openNatsLog } from '@wirepact/eventlog-nats'
import { RedisLog } from '@wirepact/eventlog-redis'
import { createServer } from '@wirepact/server'
import { listen } from '@wirepact/server/node'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { startBalancer } from '../integration/balancer.ts'
import { codeOf, shared } from '../integration/node-group.ts'
import { provideNats, provideRedis } from '../setup/engines.mjs'
import type { Engine } from './engine.ts'
import { present, startNats, startRedis } from './servers.ts'

const engines = [
  {
    name: 'Redis',
    isThere: present('redis-server', await provideRedis()),
    start: startRedis,
    open: async (port: number): Promise<EventLog> => new RedisLog({ url: `redis://127.0.0.1:${port}`, report() {} }),
  },
  {
    name: 'NATS',
    isThere: present('nats-server', await provideNats()),
    start: startNats,
    open: async (port: number): Promise<EventLog> => openNatsLog({ servers: `nats://127.0.0.1:${port}` }),
  },
]

/** A node with a connection of its own to the engine. */
async function startNode(log: EventLog, name: string) {
  const server = createServer(shared, {
    ...{ log, report: () => {}, nodes: { heartbeatMs: 200, goneMs: 1_000 } },
    authenticate: ({ credentials }) => ({ user: String(credentials) }),
    principal: ({ context }) => context.user,
    handlers: {
      async work({ input }) {
        await new Promise((resolve) => setTimeout(resolve, input.ms))
        return name
      },
      again: () => name,
    },
  })
  const { port } = await listen(server, { port: 0, host: '127.0.0.1' })
  onTestFinished(async () => {
    await server.close()
    await log.close()
  })
  /** Nothing of it reaches the engine any more, and its clients are cut off. */
  const kill = async () => {
    await log.close()
    for (const connection of server.connections) connection.terminate()
  }
  return { server, port, kill }
}

async function setUp({ open }: (typeof engines)[number], engine: Engine) {
  const first = await startNode(await open(engine.port), 'first')
  const second = await startNode(await open(engine.port), 'second')
  await vi.waitFor(() => expect([first.server.nodes.list.length, second.server.nodes.list.length]).toEqual([2, 2]), {
    timeout: 10_000,
  })
  const balancer = await startBalancer()
  onTestFinished(() => balancer[Symbol.asyncDispose]())
  balancer.serve(second.port)
  const ann = connect(shared, balancer.url, {
    credentials: 'ann',
    reconnect: { baseMs: 20, capMs: 50, firstMs: 20 },
    report: () => {},
    handlers: {
      async confirm({ input }) {
        await new Promise((resolve) => setTimeout(resolve, input.ms ?? 0))
        return { by: 'ann', question: input.question }
      },
      ping: () => 'ann',
      poke() {},
      *watch() {},
    },
  })
  onTestFinished(() => ann.close())
  await ann.events.room.subscribe({ name: 'lobby > *' }, { next() {} }).ready
  return { first, second, balancer, ann }
}

describe.each(engines)('nodes that share a log in $name', (kind) => {
  const test = it.runIf(kind.isThere)

  test('call each other’s clients, know who listens, and run a key once', { timeout: 60_000 }, async () => {
    await using engine = await kind.start()
    const { first, second, balancer, ann } = await setUp(kind, engine)
    const { api, all } = first.server.nodes.of('ann')
    expect(await api.confirm({ question: 'sure?', when: new Date(0) })).toEqual({ by: 'ann', question: 'sure?' })
    const asked = Array.from({ length: 200 }, (_, n) => api.confirm({ question: `${n}` }))
    expect((await Promise.all(asked)).map(({ question }) => question)).toEqual(asked.map((_, n) => `${n}`))
    expect((await all.ping()).map((answer) => answer.ok)).toEqual([true])
    expect(await codeOf(first.server.nodes.of('bob').api.ping())).toBe('unavailable mayHaveRun=false')
    const lobby = () => first.server.events.room.listeners({ name: 'lobby > *' }, { maxAgeMs: 0 })
    expect(await lobby()).toMatchObject({ count: 1, principals: ['ann'], complete: true })

    balancer.serve(first.port)
    const again = connect(shared, balancer.url, {
      credentials: 'ann',
      handlers: { confirm: () => ({ by: '', question: '' }), ping: () => 'again', poke() {}, *watch() {} },
    })
    onTestFinished(() => again.close())
    await again.connected()
    const [one, other] = [ann, again].map((client) => client.api.work({ ms: 500 }, { key: 'k' }))
    expect(await one).toBe(await other)
    expect((await all.ping()).map((answer) => answer.ok && answer.value).sort()).toEqual(['again', 'ann'])

    await again.close()
    await vi.waitFor(() => expect(first.server.connections.size).toBe(0))
    const lost = codeOf(api.confirm({ question: '?', ms: 60_000 }))
    await vi.waitFor(() => expect(second.server.metrics().nodes.called).toBe(1))
    await second.kill()
    expect(await lost).toBe('connection-lost mayHaveRun=true')
    await vi.waitFor(() => expect(first.server.nodes.list).toHaveLength(1), { timeout: 10_000 })
    await ann.connected()
    await vi.waitFor(async () => expect(await lobby()).toMatchObject({ count: 1, complete: true }), { timeout: 10_000 })
  })

  test('that is killed or stands still: calls settle in their time, and all goes on afterwards', {
    timeout: 60_000,
  }, async () => {
    await using engine = await kind.start()
    const { first } = await setUp(kind, engine)
    const { api } = first.server.nodes.of('ann')
    expect(await api.ping()).toBe('ann')
    engine.stop()
    const stalled = await Promise.all(Array.from({ length: 20 }, () => codeOf(api.ping(undefined, { timeoutMs: 500 }))))
    expect(new Set(stalled)).toEqual(new Set(['deadline-exceeded']))
    engine.resume()
    const works = async () => expect(await api.ping(undefined, { timeoutMs: 1_000 })).toBe('ann')
    await vi.waitFor(works, { timeout: 20_000, interval: 100 })
    await engine.kill()
    const away = await codeOf(api.ping(undefined, { timeoutMs: 8_000 }))
    expect(['connection-lost mayHaveRun=true', 'unavailable mayHaveRun=true', 'deadline-exceeded']).toContain(away)
    await engine.start()
    await vi.waitFor(works, { timeout: 20_000, interval: 100 })
    await vi.waitFor(() => expect(first.server.nodes.list).toHaveLength(2), { timeout: 10_000 })
    expect(await first.server.readiness()).toEqual({ isReady: true })
  })
})

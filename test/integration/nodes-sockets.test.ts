import { connect } from '@wirepact/client/node'
import { systemClock } from '@wirepact/peer/system'
import { createServer } from '@wirepact/server'
import { listen } from '@wirepact/server/node'
import { expect, it, onTestFinished, vi } from 'vitest'
import { startBalancer } from './balancer.ts'
import { Engine } from './engine.ts'
import { codeOf, shared } from './node-group.ts'

const engineOf = () => new Engine(systemClock, () => 1)

/** A node on a port of its own. */
async function startNode(engine: Engine, name: string) {
  const view = engine.view()
  const server = createServer(shared, {
    ...{ log: view, report: () => {}, nodes: { heartbeatMs: 50, goneMs: 250 } },
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
  const listening = await listen(server, { port: 0, host: '127.0.0.1' })
  onTestFinished(() => server.close())
  const kill = async () => {
    view.kill()
    for (const connection of server.connections) connection.terminate()
    await listening.close()
  }
  return { server, port: listening.port, kill }
}

async function setUp() {
  const engine = engineOf()
  const [first, second] = [await startNode(engine, 'first'), await startNode(engine, 'second')]
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
      *watch() {
        yield 1
      },
    },
  })
  onTestFinished(() => ann.close())
  await ann.connected()
  const heard: number[] = []
  const subscription = ann.events.tick.subscribe({ next: (n) => heard.push(n), gap: () => heard.push(-1) })
  await subscription.ready
  return { first, second, balancer, ann, heard }
}

it('a client is called through another node, moves with a drain, and is called where it is then', async () => {
  const { first, second, balancer, ann, heard } = await setUp()
  const { api } = first.server.nodes.of('ann')
  expect(await api.confirm({ question: 'sure?' })).toEqual({ by: 'ann', question: 'sure?' })
  balancer.serve(first.port)
  const failures: unknown[] = []
  const drained = second.server.drain({ deadlineMs: 10_000, spreadMs: 0 })
  let over = false
  void drained.then(() => {
    over = true
  })
  let published = 0
  while (!over) {
    await first.server.events.tick.publish(published++)
    for (const call of [ann.api.work({ ms: 20 }), api.ping()]) call.catch((error: unknown) => failures.push(error))
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  expect(await ann.api.work({ ms: 0 })).toBe('first')
  expect(await api.ping()).toBe('ann')
  await vi.waitFor(() => expect(heard).toHaveLength(published))
  expect([failures, heard]).toEqual([[], Array.from({ length: published }, (_, n) => n)])
})

it('a node that dies in the middle of everything leaves nothing open and no hole', async () => {
  const { first, second, balancer, ann, heard } = await setUp()
  const { api } = first.server.nodes.of('ann')
  const own = codeOf(ann.api.work({ ms: 60_000 }))
  const routed = codeOf(api.confirm({ question: 'sure?', ms: 60_000 }))
  expect(await first.server.events.tick.listeners()).toMatchObject({ count: 1, principals: ['ann'] })
  for (let n = 0; n < 50; n++) await first.server.events.tick.publish(n)
  balancer.serve(first.port)
  await second.kill()
  for (let n = 50; n < 100; n++) await first.server.events.tick.publish(n)
  expect(await own).toBe('connection-lost mayHaveRun=true')
  expect(await routed).toBe('connection-lost mayHaveRun=true')
  expect(await ann.api.work({ ms: 0 })).toBe('first')
  expect(await api.ping()).toBe('ann')
  await vi.waitFor(() => expect(heard).toHaveLength(100))
  expect(heard).toEqual(Array.from({ length: 100 }, (_, n) => n))
  const nodes = [{ node: first.server.nodes.id, count: 1 }]
  expect(await first.server.events.tick.listeners({ maxAgeMs: 0 })).toMatchObject({ count: 1, nodes })
})

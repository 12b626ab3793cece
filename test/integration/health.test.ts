import { request } from 'node:http'
import { connect } from '@wirepact/client/node'
import { systemClock } from '@wirepact/peer/system'
import { createServer, metricsText } from '@wirepact/server'
import { healthEndpoints, listen } from '@wirepact/server/node'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { Engine } from './engine.ts'
import { nodeGroup, pair, shared } from './node-group.ts'

async function setUp(options: Parameters<typeof healthEndpoints>[1] = {}) {
  const view = new Engine(systemClock, () => 1).view()
  const server = createServer(shared, {
    ...{ log: view, report: () => {} },
    handlers: { work: () => 'done', again: () => 'done' },
  })
  const onRequest = healthEndpoints(server, options)
  const { port, url } = await listen(server, { port: 0, host: '127.0.0.1', onRequest })
  onTestFinished(() => server.close())
  const ask = (path: string, method = 'GET') =>
    new Promise<{ status: number | undefined; body: string; type: string | undefined }>((resolve, reject) => {
      const asked = request({ port, host: '127.0.0.1', path, method }, (response) => {
        let body = ''
        response.setEncoding('utf8').on('data', (chunk: string) => {
          body += chunk
        })
        response.on('end', () => resolve({ status: response.statusCode, body, type: response.headers['content-type'] }))
      })
      asked.on('error', reject).end()
    })
  return { server, url, view, ask }
}

describe('GET', () => {
  it('/healthz is 200 while the process runs, /readyz while new clients should come', async () => {
    const { server, ask } = await setUp()
    expect(await ask('/healthz')).toMatchObject({ status: 200, body: 'ok\n' })
    expect(await ask('/readyz?verbose=1')).toMatchObject({ status: 200, body: 'ready\n' })
    expect(await ask('/readyz', 'HEAD')).toMatchObject({ status: 200, body: '' })
    expect(await ask('/readyz', 'POST')).toMatchObject({ status: 405 })
    void server.drain({ deadlineMs: 10_000 })
    expect(await ask('/readyz')).toMatchObject({ status: 503, body: 'the server drains or closes\n' })
    expect(await ask('/healthz')).toMatchObject({ status: 200 })
  })

  it('/readyz is 503 when the log is away, and what the engine said of itself is for the program alone', async () => {
    const { server, view, ask } = await setUp()
    view.away()
    expect(await ask('/readyz')).toMatchObject({ status: 503, body: 'the log is away\n' })
    expect(await server.readiness()).toMatchObject({ error: { message: 'the engine is away' } })
    view.away(false)
    await vi.waitFor(async () => expect(await ask('/readyz')).toMatchObject({ status: 200 }), { timeout: 5_000 })
  })

  it('/metrics tells nothing to anybody unless it is asked to', async () => {
    expect(await (await setUp()).ask('/metrics')).toMatchObject({ status: 404 })
    const { ask, url } = await setUp({ metrics: true, otherwise: (_, response) => response.end('mine') })
    const client = connect(shared, url, {
      handlers: { confirm: () => ({ by: '', question: '' }), ping: () => '', poke() {}, *watch() {} },
    })
    onTestFinished(() => client.close())
    await client.connected()
    const { body, type } = await ask('/metrics')
    expect(type).toBe('text/plain; version=0.0.4; charset=utf-8')
    expect(body).toMatch(/^# TYPE wirepact_connections gauge\nwirepact_connections 1$/m)
    expect(await ask('/else')).toMatchObject({ status: 200, body: 'mine' })
  })
})

describe('readiness', () => {
  it('is asked of the log once a second at most, and does not wait for one that hangs', async () => {
    const { network, first } = await pair()
    const ready = await network.until(Promise.all(Array.from({ length: 50 }, () => first.server.readiness())), 10)
    expect(ready.every(({ isReady }) => isReady)).toBe(true)
    first.engine.kill()
    await network.advance(1_000)
    expect(await network.until(first.server.readiness(), 1_010)).toMatchObject({
      isReady: false,
      because: 'the log did not answer within 1000 ms',
    })
  })
})

describe('metrics', () => {
  it('count what there is', async () => {
    const { network, first, second, ann, join } = await pair()
    const bob = join(second, 'bob')
    ann.events.tick.subscribe({ next() {} })
    bob.events.tick.subscribe({ next() {} })
    bob.events.room.subscribe({ name: 'lobby' }, { next() {} })
    await network.advance(100)
    void ann.api.work({ ms: 10_000 }, { key: 'k' })
    void ann.api.again({ ms: 10_000 })
    void first.server.nodes.of('bob').api.confirm({ question: 'sure?', ms: 10_000 })
    await network.advance(100)
    expect(second.server.metrics()).toMatchObject({
      ...{ node: second.server.nodes.id, isDraining: false, connections: 2, openings: 0, hellos: 2 },
      ...{ callsRunning: 2, callsToClients: 1, topics: 2, subscriptions: 3, keyedRuns: 1 },
      log: { durable: false, shared: true },
      nodes: { known: 2, reachable: true, calling: 0, called: 1, refused: 0 },
    })
    expect(first.server.metrics()).toMatchObject({ connections: 0, nodes: { known: 2, calling: 1, called: 0 } })
    network.serve(undefined)
    network.cut()
    await network.advance(1_500)
    const { absentBytes, ...others } = second.server.metrics()
    expect(others).toMatchObject({ connections: 0, absentSessions: 2, subscriptions: 0 })
    expect(absentBytes).toBeGreaterThan(2 * 16 * 1024 - 1)
  })

  it('of a server on its own are there, too, and are text that Prometheus reads', async () => {
    const { network, node } = nodeGroup({ nodes: false })
    const { server } = node()
    await network.advance(10)
    expect(server.metrics().nodes).toEqual({
      ...{ known: 1, reachable: false, calling: 0, called: 0, sent: 0, heard: 0, refused: 0 },
    })
    const lines = metricsText(server.metrics()).split('\n')
    expect(lines.pop()).toBe('')
    for (const line of lines) {
      expect(line).toMatch(/^(# HELP wirepact_\w+ .+|# TYPE wirepact_\w+ (gauge|counter)|wirepact_\w+(\{.+\})? \d+)$/)
    }
  })
})

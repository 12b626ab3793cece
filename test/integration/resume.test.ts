import { setTimeout as delay } from 'node:timers/promises'
import { createServer } from '@wirepact/server'
import { listen } from '@wirepact/server/node'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { counter } from './counter.ts'
import { join, serve } from './serve.ts'

const cutAll = (server: Awaited<ReturnType<typeof serve>>['server']) => {
  for (const connection of server.connections) connection.terminate()
}

describe('a session over real sockets', () => {
  it('carries a call in flight over cuts, and its handler runs once', async () => {
    const { url, server, runs } = await serve()
    const { api } = join(url)
    const call = api.nested.slow({ ms: 400 })
    await vi.waitFor(() => expect(runs.count).toBe(1))
    for (let cut = 0; cut < 4; cut++) {
      cutAll(server)
      await delay(60)
    }
    expect(await call).toBe('done')
    expect(runs.count).toBe(1)
    expect(runs.aborted).toEqual([])
  })

  it('delivers calls, answers and notifications made around cuts exactly once, in order', async () => {
    const { url, server, lines, runs } = await serve()
    const { api } = join(url)
    await api.nested.echo({ text: 'connected' })
    const answers: Promise<{ value: number }>[] = []
    for (let n = 0; n < 300; n++) {
      answers.push(api.increment({ by: 1 }))
      void api.log({ line: String(n) })
      if (n % 50 === 25) {
        await delay(3)
        cutAll(server)
      }
      if (n % 10 === 0) await delay(1)
    }
    const values = (await Promise.all(answers)).map(({ value }) => value)
    expect(values).toEqual(Array.from({ length: 300 }, (_, index) => index + 1))
    expect(runs.count).toBe(300)
    expect(lines).toEqual(Array.from({ length: 300 }, (_, index) => String(index)))
  })

  it('carries a call of the server over a cut', async () => {
    const { url, server } = await serve()
    let asked = 0
    const { api } = join(url, {
      handlers: {
        confirm: async () => {
          asked++
          await delay(150)
          return true
        },
        shout: () => {},
      },
    })
    const answer = api.ask({ question: 'still there?' })
    await vi.waitFor(() => expect(asked).toBe(1))
    cutAll(server)
    expect(await answer).toBe('yes')
    expect(asked).toBe(1)
  })

  it('keeps the connection object, its state and what was joined', async () => {
    const { url, server } = await serve()
    const client = join(url)
    const heard: number[] = []
    client.events.tick.joined({ next: ({ n }) => heard.push(n) })
    await client.api.join({ room: 'lobby' })
    await client.api.interval({ ms: 123 })
    const [before] = [...server.connections]
    const phases: string[] = []
    client.status.subscribe(({ phase }) => phases.push(phase))
    cutAll(server)
    await vi.waitFor(() => expect(phases).toEqual(['reconnecting', 'reconnecting', 'connected']))
    const [after] = [...server.connections]
    expect(after).toBe(before)
    expect(client.state.value).toEqual({ user: 'anonymous', intervalMs: 123 })
    await client.api.nested.echo({ text: 'settled' })
    await server.events.tick.publish({ room: 'lobby' }, { n: 1 })
    await vi.waitFor(() => expect(heard).toEqual([1]))
  })

  it('is not resumed by other credentials', async () => {
    const { url, server, runs } = await serve({ principal: ({ context }) => context.user })
    let user = 'ada'
    const client = join(url, { credentials: () => user })
    const call = client.api.nested.slow({ ms: 300 })
    await vi.waitFor(() => expect(runs.count).toBe(1))
    const [before] = [...server.connections]
    user = 'eve'
    cutAll(server)
    await expect(call).rejects.toMatchObject({ code: 'connection-lost', mayHaveRun: true })
    await client.connected()
    expect([...server.connections][0]?.id).not.toBe(before?.id)
    expect(client.state.value?.user).toBe('eve')
  })

  it('that the server does not know any more never runs a call again', async () => {
    const runs: string[] = []
    const start = (port: number, name: string) => {
      const server = createServer(counter, {
        state: () => ({ user: name, intervalMs: 1 }),
        report: () => {},
        handlers: {
          increment: () => {
            runs.push(name)
            return new Promise<never>(() => {})
          },
          nested: {
            echo: ({ input }) => input.text,
            fail: () => '',
            slow: () => '',
            retried: () => {
              runs.push(`retried ${name}`)
              return name === 'first' ? new Promise<never>(() => {}) : 7
            },
          },
          bytes: ({ input }) => input,
          ask: () => '',
          interval: () => 1,
          join: () => {},
          log: () => {},
        },
      })
      return listen(server, { port, host: '127.0.0.1' }).then((listening) => ({ server, port: listening.port }))
    }
    const first = await start(0, 'first')
    const client = join(`ws://127.0.0.1:${first.port}`)
    const plain = client.api.increment({ by: 1 })
    const again = client.api.nested.retried()
    await vi.waitFor(() => expect(runs).toEqual(['first', 'retried first']))
    for (const connection of first.server.connections) connection.terminate()
    await first.server.close()
    const second = await start(first.port, 'second')
    onTestFinished(() => second.server.close())
    await expect(plain).rejects.toMatchObject({ code: 'connection-lost', mayHaveRun: true })
    expect(await again).toBe(7)
    expect(runs).toEqual(['first', 'retried first', 'retried second'])
  })

  it('ends for an absent client after its time, and aborts what ran for it', async () => {
    const { url, server, runs } = await serve({ limits: { detachedMs: 100 } })
    const client = join(url, { reconnect: { firstMs: 60_000, baseMs: 60_000, capMs: 60_000 } })
    const call = client.api.nested.slow({ ms: 10_000 }).catch((error) => error)
    await vi.waitFor(() => expect(runs.count).toBe(1))
    cutAll(server)
    await vi.waitFor(() => expect(runs.aborted).toEqual(['connection-lost']))
    await client.close()
    expect(await call).toMatchObject({ code: 'cancelled' })
  })

  it('settles calls sooner where the application says so', async () => {
    const { url, server, runs } = await serve()
    const client = join(url, {
      reconnect: { firstMs: 60_000, baseMs: 60_000, capMs: 60_000 },
      settleWhenDetachedMs: 50,
      system: { clock: (await import('@wirepact/peer/system')).systemClock, random: () => 0.99 },
    })
    const sent = client.api.nested.slow({ ms: 10_000 }).catch((error) => error)
    await vi.waitFor(() => expect(runs.count).toBe(1))
    cutAll(server)
    await vi.waitFor(() => expect(client.status.value.phase).toBe('reconnecting'))
    expect(await sent).toMatchObject({ code: 'connection-lost', mayHaveRun: true })
  })
})

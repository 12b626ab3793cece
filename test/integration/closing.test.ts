import { contract, event, procedure } from '@wirepact/contract'
import { type EventLog, MemoryLog } from '@wirepact/eventlog'
import { createServer } from '@wirepact/server'
import { Network } from '@wirepact/testing'
import { describe, expect, it, vi } from 'vitest'
import { z } from 'zod'
import { join, serve } from './serve.ts'

const shared = contract({
  server: { hang: procedure({ output: z.string() }), ask: procedure({ output: z.string() }) },
  client: { never: procedure({ output: z.string() }) },
})

/** A server with calls in flight both ways, on a client that may have become unreachable. */
async function busy(reach: 'reachable' | 'black hole' | 'absent') {
  const network = new Network()
  const ended: string[] = []
  const server = createServer(shared, {
    system: network.serverSystem,
    report: () => {},
    handlers: {
      hang: ({ signal }) =>
        new Promise((_, reject) => signal.addEventListener('abort', () => reject(ended.push('handler')))),
      ask: ({ connection }) => {
        const answer = connection.api.never(undefined, { timeoutMs: 0 })
        answer.catch(({ code }) => ended.push(`call: ${code}`))
        return answer
      },
    },
    onSession: () => () => ended.push('session'),
  })
  network.serve(server)
  const client = network.connect(shared, {
    report: () => {},
    handlers: { never: () => new Promise<string>(() => {}) },
  })
  const calls = [client.api.hang(undefined, { timeoutMs: 0 }), client.api.ask(undefined, { timeoutMs: 0 })]
  const codes = Promise.all(calls.map((call) => call.catch(({ code }) => code)))
  await network.advance(1_000)
  network.serve(undefined)
  for (const link of network.links) {
    if (reach === 'black hole') link.swallow()
    if (reach === 'absent') link.cut()
  }
  await network.advance(1_000)
  return { network, server, client, codes, ended }
}

describe('server.close', () => {
  it.each(['reachable', 'black hole', 'absent'] as const)(
    'settles everything, also for a client that is %s',
    async (reach) => {
      const { network, server, client, codes, ended } = await busy(reach)
      const drained = server.drain({ deadlineMs: 600_000 })
      await server.close()
      await drained
      await network.advance(0)
      expect(server.connections.size).toBe(0)
      expect([...ended].sort()).toEqual(['call: connection-lost', 'handler', 'session'])
      // The client waits for a server to come back; when it gives up, so do its calls.
      await network.advance(60_000)
      await network.until(client.close())
      expect(await codes).toEqual(['cancelled', 'cancelled'])
      await network.advance(60_000)
      expect(network.clock.pending).toBe(0)
    },
  )

  it('settles everything over real sockets', async () => {
    const { url, server, runs } = await serve()
    const client = join(url, { handlers: { confirm: () => new Promise<boolean>(() => {}), shout: () => {} } })
    const calls = [client.api.nested.slow({ ms: 60_000 }), client.api.ask({ question: '?' })]
    const codes = Promise.all(calls.map((call) => call.catch(({ code }) => code)))
    await vi.waitFor(() => expect(runs.count).toBe(1))
    await server.close()
    expect(server.connections.size).toBe(0)
    await vi.waitFor(() => expect(runs.aborted).toEqual(['connection-lost']))
    await client.close()
    expect(await codes).toEqual(['cancelled', 'cancelled'])
  })

  it('stops what the log was being asked for, and starts no source after it', async () => {
    const events = contract({ events: { tick: event({ payload: z.number(), onGap: 'skip' }) } })
    const network = new Network()
    const { clock } = network
    let [watched, running] = [0, 0]
    const memory = new MemoryLog({ now: () => clock.now(), epoch: 'one' })
    const log: EventLog = {
      caps: memory.caps,
      kv: memory.kv,
      append: (name, payload) => memory.append(name, payload),
      read: (...asked) => memory.read(...asked),
      head: (name) => memory.head(name),
      heads: (...asked) => memory.heads(...asked),
      async watch(...asked) {
        await new Promise<void>((resolve) => clock.schedule(100, resolve))
        const watch = memory.watch(...asked)
        watched++
        return {
          position: watch.position,
          close: () => {
            watched--
            watch.close()
          },
        }
      },
      close: () => memory.close(),
    }
    const server = createServer(events, {
      ...{ system: network.serverSystem, log, report: () => {} },
      handlers: {},
      events: {
        tick: {
          source: () => {
            running++
          },
        },
      },
    })
    network.serve(server)
    network.connect(events, { report: () => {} }).events.tick.subscribe({ next() {} })
    await network.advance(50)
    await network.until(server.close())
    await network.advance(1_000)
    expect([watched, running]).toEqual([0, 0])
  })
})

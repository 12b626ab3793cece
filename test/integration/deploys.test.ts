import { setTimeout as delay } from 'node:timers/promises'
import { connect } from '@wirepact/client/node'
import { contract, event, procedure } from '@wirepact/contract'
import { MemoryLog } from '@wirepact/eventlog'
import { createServer } from '@wirepact/server'
import { listen } from '@wirepact/server/node'
import { describe, expect, it, onTestFinished } from 'vitest'
import { z } from 'zod'
import { startBalancer } from './balancer.ts'

const shared = contract({
  server: { work: procedure({ input: z.object({ n: z.number(), ms: z.number() }), output: z.string() }) },
  events: { tick: event({ payload: z.number(), onGap: 'error' }) },
})

const clientCount = 12

/** Servers of one log, one after the other, behind one address that stays. */
async function setup() {
  const balancer = await startBalancer()
  const log = new MemoryLog({ now: () => performance.now(), epoch: 'one' })
  const runs = new Map<number, number>()
  const start = async (name: string) => {
    const server = createServer(shared, {
      ...{ log, report: () => {} },
      handlers: {
        async work({ input: { n, ms } }) {
          runs.set(n, (runs.get(n) ?? 0) + 1)
          await delay(ms)
          return name
        },
      },
    })
    const { port } = await listen(server, { port: 0, host: '127.0.0.1' })
    balancer.serve(port)
    return server
  }
  const first = await start('server 0')
  const clients = Array.from({ length: clientCount }, () =>
    connect(shared, balancer.url, { report: () => {}, reconnect: { baseMs: 20, firstMs: 20 } }),
  )
  onTestFinished(async () => {
    await Promise.all(clients.map((client) => client.close()))
    await balancer[Symbol.asyncDispose]()
  })
  return { start, first, clients, runs }
}

describe('ten deploys under load, over real sockets', () => {
  it('fail no call, lose no event, and run no handler twice', async () => {
    const { start, first, clients, runs } = await setup()
    const heard = clients.map((client) => {
      const seen: number[] = []
      const { ready } = client.events.tick.subscribe({ next: (n) => seen.push(n), ended: () => seen.push(-1) })
      return { seen, ready }
    })
    await Promise.all(heard.map(({ ready }) => ready))
    let server = first
    let load = true
    let made = 0
    let published = 0
    const failures: unknown[] = []
    const caller = async (client: (typeof clients)[number]) => {
      while (load) {
        await client.api
          .work({ n: made++, ms: Math.random() < 0.1 ? 400 : 5 })
          .catch((error: unknown) => failures.push(error))
      }
    }
    const publisher = async () => {
      for (; load; await delay(3)) await server.events.tick.publish(published++)
    }
    const loads = [publisher(), ...clients.flatMap((client) => [caller(client), caller(client)])]
    for (let deploy = 1; deploy <= 10; deploy++) {
      const old = server
      server = await start(`server ${deploy}`)
      await old.drain({ deadlineMs: 5_000, spreadMs: 100 })
      await old.close()
    }
    load = false
    await Promise.all(loads)
    while (heard.some(({ seen }) => seen.length < published)) await delay(10)
    expect(failures).toEqual([])
    expect(made).toBeGreaterThan(1_000)
    expect([...runs.values()].every((times) => times === 1)).toBe(true)
    for (const { seen } of heard) expect(seen).toEqual(Array.from({ length: published }, (_, index) => index))
    await server.close()
  })

  it('let a call take longer than the spread, and lose one that takes longer than the deadline, and say so', async () => {
    const { start, first, clients } = await setup()
    const [client] = clients as [(typeof clients)[number]]
    const slow = client.api.work({ n: 1, ms: 700 })
    const stuck = client.api.work({ n: 2, ms: 60_000 }).catch((error: unknown) => error)
    await client.connected()
    await delay(50)
    const second = await start('second')
    const drained = first.drain({ deadlineMs: 1_500, spreadMs: 100 })
    await delay(300)
    expect(await client.api.work({ n: 3, ms: 0 })).toBe('second')
    expect(await slow).toBe('server 0')
    await drained
    expect(await stuck).toMatchObject({ code: 'connection-lost', mayHaveRun: true })
    await Promise.all([first.close(), second.close()])
  })
})

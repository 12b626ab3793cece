import { contract, event, procedure } from '@wirepact/contract'
import { MemoryLog } from '@wirepact/eventlog'
import { createServer } from '@wirepact/server'
import { Network } from '@wirepact/testing'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'

const shared = contract({
  server: {
    work: procedure({ input: z.object({ ms: z.number() }), output: z.string() }),
    ask: procedure({ output: z.boolean() }),
  },
  client: { confirm: procedure({ output: z.boolean() }) },
  events: { tick: event({ payload: z.number(), onGap: 'skip' }) },
})

/** A row of servers of one log, each of which takes the place of the one before. */
function deploys(seed: number) {
  const network = new Network({ seed })
  const { clock } = network
  const log = new MemoryLog({ now: () => clock.now(), epoch: 'one' })
  const runs: string[] = []
  const make = (name: string) =>
    createServer(shared, {
      ...{ system: network.serverSystem, log, report: () => {} },
      handlers: {
        async work({ input }) {
          await new Promise<void>((resolve) => clock.schedule(input.ms, resolve))
          runs.push(name)
          return name
        },
        ask: ({ connection }) => connection.api.confirm(),
      },
    })
  return { network, clock, make, runs }
}

describe('drain', () => {
  it('ten times under load fails no call and loses no event', async () => {
    const { network, clock, make, runs } = deploys(7)
    let server = make('server 0')
    network.serve(server)
    const clients = Array.from({ length: 20 }, () =>
      network.connect(shared, { handlers: { confirm: () => true }, report: () => {} }),
    )
    const heard = clients.map((client) => {
      const seen: number[] = []
      client.events.tick.subscribe({ next: (n) => seen.push(n), gap: () => seen.push(-1) })
      return seen
    })
    await network.advance(1_000)
    let made = 0
    let published = 0
    const failures: unknown[] = []
    let load = true
    const call = (client: (typeof clients)[number]) => {
      if (!load) return
      made++
      const answer = made % 4 === 0 ? client.api.ask() : client.api.work({ ms: network.random.below(3_000) })
      answer.catch((error: unknown) => failures.push(error))
      clock.schedule(network.random.below(400), () => call(client))
    }
    const publish = () => {
      if (!load) return
      void server.events.tick.publish(published++)
      clock.schedule(100, publish)
    }
    for (const client of clients) call(client)
    publish()
    for (let deploy = 1; deploy <= 10; deploy++) {
      await network.advance(2_000)
      const old = server
      server = make(`server ${deploy}`)
      network.serve(server)
      const drained = old.drain({ deadlineMs: 60_000, spreadMs: 5_000 })
      await network.until(drained.then(() => old.close()))
      expect(old.connections.size).toBe(0)
    }
    load = false
    await network.advance(60_000)
    expect(failures).toEqual([])
    expect(made).toBeGreaterThan(2_000)
    expect(new Set(runs).size).toBe(11)
    for (const seen of heard) expect(seen).toEqual(Array.from({ length: published }, (_, index) => index))
    await network.until(Promise.all([...clients.map((client) => client.close()), server.close()]))
    await network.advance(30_000)
    expect(clock.pending).toBe(0)
  })

  it('sends the clients away evenly over the window', async () => {
    const { network, clock, make } = deploys(1)
    const old = make('old')
    network.serve(old)
    const clients = Array.from({ length: 100 }, () =>
      network.connect(shared, { report: () => {}, handlers: { confirm: () => true } }),
    )
    const came: number[] = []
    await network.advance(1_000)
    network.serve(make('new'))
    const began = clock.now()
    for (const client of clients)
      client.status.subscribe(({ phase }) => {
        if (phase === 'connected') came.push(clock.now() - began)
      })
    await network.until(old.drain({ deadlineMs: 60_000 }))
    await network.advance(1_000)
    expect(came).toHaveLength(100)
    for (let second = 0; second < 30; second++) {
      expect(came.filter((at) => at >= second * 1_000 && at < (second + 1) * 1_000).length).toBeLessThanOrEqual(5)
    }
  })

  it('refuses new clients meanwhile, and closes what still runs at the deadline', async () => {
    const { network, make } = deploys(2)
    const server = make('only')
    network.serve(server)
    const client = network.connect(shared, { report: () => {}, handlers: { confirm: () => true } })
    await network.advance(100)
    const stuck = client.api.work({ ms: 1_000_000 }, { timeoutMs: 0 }).catch((error) => error)
    await network.advance(100)
    const drained = server.drain({ deadlineMs: 10_000, spreadMs: 0 })
    expect(server.drain({ deadlineMs: 1 })).toBe(drained)
    const late = network.connect(shared, { report: () => {}, handlers: { confirm: () => true } })
    const seen: unknown[] = []
    late.status.subscribe((status) => seen.push(status))
    await network.advance(9_000)
    expect(seen).toContainEqual(expect.objectContaining({ phase: 'connecting', because: 'the server is draining' }))
    expect(server.connections.size).toBe(1)
    await network.advance(1_001)
    await drained
    expect([server.connections.size, server.accepting]).toEqual([0, false])
    network.serve(make('next'))
    await network.advance(60_000)
    expect(await stuck).toMatchObject({ code: 'connection-lost', mayHaveRun: true })
    expect(client.status.value.phase).toBe('connected')
  })

  it.each([
    { deadlineMs: 60_000.5, spreadMs: 33.3 },
    { deadlineMs: Number.POSITIVE_INFINITY },
    { deadlineMs: 1e12, spreadMs: Number.POSITIVE_INFINITY },
  ])('takes $deadlineMs ms over $spreadMs ms for what it is: calls end, and clients come back', async (times) => {
    const { network, make } = deploys(5)
    const server = make('first')
    network.serve(server)
    const clients = Array.from({ length: 4 }, () =>
      network.connect(shared, { handlers: { confirm: () => true }, report: () => {} }),
    )
    const work = clients.map((client) => client.api.work({ ms: 20_000 }))
    await network.advance(1_000)
    const drained = server.drain(times)
    network.serve(make('second'))
    expect(await network.until(Promise.all(work))).toEqual(Array.from({ length: 4 }, () => 'first'))
    await network.advance(2 * 24 * 3_600_000)
    await drained
    expect(clients.map(({ status }) => status.value.phase)).toEqual(clients.map(() => 'connected'))
  })

  it('is over at once without clients, ends when the server is closed, and refuses times that are none', async () => {
    const { network, make } = deploys(3)
    await make('idle').drain({ deadlineMs: 1_000 })
    const server = make('busy')
    network.serve(server)
    network.connect(shared, { report: () => {}, handlers: { confirm: () => true } })
    await network.advance(100)
    const drained = server.drain({ deadlineMs: 1_000_000 })
    await server.close()
    await drained
    expect(server.connections.size).toBe(0)
    expect(() => make('never').drain({ deadlineMs: Number.NaN })).toThrow(RangeError)
  })
})

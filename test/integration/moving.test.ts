import { contract, event, procedure } from '@wirepact/contract'
import { MemoryLog } from '@wirepact/eventlog'
import { createServer } from '@wirepact/server'
import { Network } from '@wirepact/testing'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'

const shared = contract({
  server: {
    work: procedure({ input: z.object({ ms: z.number() }), output: z.string() }),
    ask: procedure({ input: z.object({ ms: z.number() }), output: z.string() }),
  },
  client: { confirm: procedure({ input: z.object({ ms: z.number() }), output: z.string() }) },
  events: {
    tick: event({ payload: z.number(), onGap: 'skip' }),
    room: event({ topic: z.string(), payload: z.number(), onGap: 'skip' }),
  },
  state: z.object({ on: z.string(), calls: z.number() }),
})

/** Two servers of one log behind one address, and a client of the first. */
async function setup(seed = 1, sessions: { readonly detachedMs?: number } = {}) {
  const network = new Network({ seed })
  const { clock } = network
  const log = new MemoryLog({ now: () => clock.now(), epoch: 'one' })
  const runs: string[] = []
  const later = (ms: number) => new Promise<void>((resolve) => clock.schedule(ms, resolve))
  const make = (name: string) =>
    createServer(shared, {
      ...{ system: network.serverSystem, log, report: () => {}, limits: { ...sessions } },
      state: () => ({ on: name, calls: 0 }),
      onSession({ connection }) {
        void connection.events.room.join('lobby')
      },
      handlers: {
        async work({ input, connection }) {
          runs.push(name)
          connection.state.update({ calls: connection.state.value.calls + 1 })
          await later(input.ms)
          return name
        },
        ask: async ({ connection, input }) => `${name}: ${await connection.api.confirm(input)}`,
      },
    })
  const first = make('first')
  const second = make('second')
  network.serve(first)
  const client = network.connect(shared, {
    report: () => {},
    handlers: {
      async confirm({ input }) {
        await later(input.ms)
        return 'yes'
      },
    },
  })
  const phases: string[] = []
  client.status.subscribe(({ phase }) => phases.push(phase))
  await network.advance(100)
  return { network, first, second, client, phases, runs, later, make }
}

describe('a client that is asked to go', () => {
  it('has its next connection before it leaves the old one, which finishes the calls it carries', async () => {
    const { network, first, second, client, phases } = await setup()
    const long = client.api.work({ ms: 20_000 })
    const asked = client.api.ask({ ms: 15_000 })
    await network.advance(100)
    network.serve(second)
    const drained = first.drain({ deadlineMs: 30_000, spreadMs: 1_000 })
    await network.advance(2_000)
    expect([first.connections.size, second.connections.size]).toEqual([1, 1])
    // Nothing waits for what still runs on the old one.
    expect(await network.until(client.api.work({ ms: 0 }), 100)).toBe('second')
    expect(await network.until(Promise.all([long, asked]))).toEqual(['first', 'first: yes'])
    await network.until(drained, 1_000)
    expect([first.connections.size, second.connections.size]).toEqual([0, 1])
    // It was never without a connection.
    expect(new Set(phases)).toEqual(new Set(['connected']))
  })

  it('goes on with the old one as before while the next cannot be made', async () => {
    const { network, first, second, client, runs } = await setup(2)
    const ticks: number[] = []
    client.events.tick.subscribe({ next: (n) => ticks.push(n) })
    await network.advance(100)
    const drained = first.drain({ deadlineMs: 30_000, spreadMs: 0 })
    for (let n = 0; n < 20; n++) {
      await network.advance(1_000)
      expect(await network.until(client.api.work({ ms: 10 }), 1_000)).toBe('first')
      void first.events.tick.publish(n)
    }
    network.serve(second)
    await network.until(drained)
    expect(await network.until(client.api.work({ ms: 0 }), 30_000)).toBe('second')
    expect(ticks).toEqual(Array.from({ length: 20 }, (_, n) => n))
    expect(runs).toHaveLength(21)
  })

  it('goes before the deadline when there is nobody else, so that a server on its own can be restarted', async () => {
    const { network, first, client, make } = await setup(6)
    const failures: unknown[] = []
    let made = 0
    let load = true
    const call = () => {
      if (!load) return
      made++
      client.api.work({ ms: network.random.below(2_000) }).catch((error: unknown) => failures.push(error))
      network.clock.schedule(network.random.below(100), call)
    }
    call()
    const drained = first.drain({ deadlineMs: 20_000, spreadMs: 0 }).then(() => first.close())
    await network.until(drained, 20_000)
    network.serve(make('second'))
    await network.advance(5_000)
    load = false
    await network.advance(30_000)
    expect([failures, made > 200, client.status.value.phase]).toEqual([[], true, 'connected'])
  })

  it('loses and repeats no event, whatever comes over either connection', async () => {
    for (let seed = 1; seed <= 20; seed++) {
      const { network, first, second, client } = await setup(seed)
      const heard: number[] = []
      client.events.tick.subscribe({ next: (n) => heard.push(n), gap: () => heard.push(-1) })
      void client.api.work({ ms: 5_000 })
      await network.advance(100)
      let n = 0
      const publish = () => void (n % 2 === 0 ? first : second).events.tick.publish(n++)
      network.serve(second)
      const drained = first.drain({ deadlineMs: 30_000, spreadMs: 0 })
      for (let step = 0; step < 100; step++) {
        publish()
        await network.advance(network.random.below(4))
      }
      await network.until(drained)
      await network.advance(100)
      expect(heard).toEqual(Array.from({ length: n }, (_, index) => index))
    }
  })

  it('shows the state of the next session from its first copy on, and nothing of the old one after it', async () => {
    const { network, first, second, client } = await setup()
    const seen: (string | undefined)[] = []
    client.state.subscribe((state) => seen.push(state && `${state.on} ${state.calls}`))
    await network.until(client.api.work({ ms: 0 }))
    const long = client.api.work({ ms: 5_000 })
    await network.advance(100)
    network.serve(second)
    const drained = first.drain({ deadlineMs: 30_000, spreadMs: 0 })
    await network.advance(1_000)
    for (const { state } of first.connections) state.update({ calls: 99 })
    await network.until(client.api.work({ ms: 0 }))
    await network.until(Promise.all([long, drained]))
    expect(seen).toEqual(['first 1', 'first 2', 'second 0', 'second 1'])
  })

  it('has the topics that the server chose again from the next session', async () => {
    const { network, first, second, client } = await setup()
    const heard: number[] = []
    const joined: string[] = []
    client.events.room.joined({ next: (n) => heard.push(n), joined: (topic) => joined.push(topic) })
    void client.api.work({ ms: 5_000 })
    await network.advance(100)
    await first.events.room.publish('lobby', 1)
    await network.advance(100)
    network.serve(second)
    const drained = first.drain({ deadlineMs: 30_000, spreadMs: 0 })
    await network.advance(1_000)
    await second.events.room.publish('lobby', 2)
    await network.until(drained)
    await network.advance(100)
    expect([heard, joined]).toEqual([
      [1, 2],
      ['lobby', 'lobby'],
    ])
  })

  it('and whose old connection breaks meanwhile settles what that carried, and keeps the next', async () => {
    const { network, first, second, client, phases } = await setup()
    const lost = client.api.work({ ms: 20_000 }).catch((error) => error)
    await network.advance(100)
    network.serve(second)
    void first.drain({ deadlineMs: 30_000, spreadMs: 0 })
    await network.advance(1_000)
    for (const connection of first.connections) connection.terminate()
    expect(await network.until(lost, 1_000)).toMatchObject({ code: 'connection-lost', mayHaveRun: true })
    expect(await network.until(client.api.work({ ms: 0 }), 100)).toBe('second')
    expect(new Set(phases)).toEqual(new Set(['connected']))
  })

  it('has one connection in the end, whenever the next one can be made around the moment it has to go', async () => {
    for (let at = 13_000; at <= 17_000; at += 100) {
      const { network, first, second, client } = await setup(at)
      const ticks: number[] = []
      client.events.tick.subscribe({ next: (n) => ticks.push(n), gap: () => ticks.push(-1) })
      await network.advance(100)
      const answers = [client.api.work({ ms: 14_000 }), client.api.work({ ms: 16_000 })]
      void first.drain({ deadlineMs: 20_000, spreadMs: 0 })
      network.clock.schedule(at, () => network.serve(second))
      for (let n = 0; n < 30; n++) {
        await second.events.tick.publish(n)
        await network.advance(1_000)
      }
      expect(await network.until(Promise.all(answers))).toEqual(['first', 'first'])
      expect(await network.until(client.api.work({ ms: 0 }))).toBe('second')
      expect([second.connections.size, client.status.value.phase]).toEqual([1, 'connected'])
      expect(ticks).toEqual(Array.from({ length: 30 }, (_, n) => n))
    }
  })

  it('and is closed meanwhile settles everything, and leaves no timer', async () => {
    const { network, first, second, client } = await setup()
    const long = client.api.work({ ms: 20_000 }).catch((error) => error)
    await network.advance(100)
    network.serve(second)
    const drained = first.drain({ deadlineMs: 30_000, spreadMs: 0 })
    await network.advance(1_000)
    await network.until(client.close(), 1_000)
    expect(await long).toMatchObject({ code: 'cancelled' })
    await network.until(Promise.all([drained, first.close(), second.close()]))
    await network.advance(40_000)
    expect(network.clock.pending).toBe(0)
  })
})

describe('a client that is away when a drain begins', () => {
  it('may come back for the answers to its calls until the deadline, and goes then', async () => {
    const { network, first, second, client, runs } = await setup(3)
    const call = client.api.work({ ms: 5_000 })
    await network.advance(100)
    network.cut()
    await network.advance(1)
    const drained = first.drain({ deadlineMs: 30_000, spreadMs: 5_000 })
    expect(await network.until(call)).toBe('first')
    network.serve(second)
    await network.until(drained)
    await network.advance(30_000)
    expect([runs, second.connections.size]).toEqual([['first'], 1])
  })

  it('and does not come back is waited for as long as its session is kept, and no longer', async () => {
    const { network, first } = await setup(4, { detachedMs: 3_000 })
    network.serve(undefined)
    network.cut()
    await network.advance(1)
    const before = network.clock.now()
    await network.until(first.drain({ deadlineMs: 30_000, spreadMs: 0 }))
    expect(network.clock.now() - before).toBeLessThanOrEqual(3_000)
  })

  it('and comes too late learns that its call may have run', async () => {
    const { network, first, second, client } = await setup(5)
    const call = client.api.work({ ms: 1_000 }).catch((error) => error)
    await network.advance(100)
    network.serve(undefined)
    network.cut()
    const drained = first.drain({ deadlineMs: 2_000, spreadMs: 0 })
    await network.until(drained)
    network.serve(second)
    expect(await network.until(call)).toMatchObject({ code: 'connection-lost', mayHaveRun: true })
  })
})

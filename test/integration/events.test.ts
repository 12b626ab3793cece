import { setTimeout as delay } from 'node:timers/promises'
import { describe, expect, it, vi } from 'vitest'
import { join, serve } from './serve.ts'

describe('events', () => {
  it('reach the subscribers of their topic, in order', async () => {
    const { url, server } = await serve()
    const { events } = join(url)
    const a: number[] = []
    const b: number[] = []
    await events.tick.subscribe({ room: 'a' }, { next: ({ n }) => a.push(n) }).ready
    await events.tick.subscribe({ room: 'b' }, { next: ({ n }) => b.push(n) }).ready
    for (let n = 0; n < 1000; n++) await server.events.tick.publish({ room: n % 2 === 0 ? 'a' : 'b' }, { n })
    await vi.waitFor(() => expect(a.length + b.length).toBe(1000))
    expect(a).toEqual(Array.from({ length: 500 }, (_, index) => index * 2))
    expect(b).toEqual(Array.from({ length: 500 }, (_, index) => index * 2 + 1))
  })

  it('that a call publishes reach the subscription that was made before it, without waiting for it', async () => {
    const { url, server } = await serve({
      events: { tick: { authorize: () => delay(20).then(() => true) } },
      onJoin: ({ room }) => server.events.tick.publish({ room }, { n: 1 }),
    })
    const client = join(url)
    const seen: number[] = []
    client.events.tick.subscribe({ room: 'a' }, { next: ({ n }) => seen.push(n) })
    await client.api.join({ room: 'a' })
    await vi.waitFor(() => expect(seen).toEqual([1]))
  })

  it('are replayed after a cut, none lost and none twice', async () => {
    const { url, server } = await serve()
    const client = join(url)
    const seen: number[] = []
    const gaps: unknown[] = []
    await client.events.tick.subscribe({ room: 'a' }, { next: ({ n }) => seen.push(n), gap: (gap) => gaps.push(gap) })
      .ready
    let n = 0
    for (let cut = 0; cut < 10; cut++) {
      for (let count = 0; count < 20; count++) void server.events.tick.publish({ room: 'a' }, { n: n++ })
      for (const connection of server.connections) connection.terminate()
      for (let count = 0; count < 20; count++) void server.events.tick.publish({ room: 'a' }, { n: n++ })
      await vi.waitFor(() => expect(client.status.value.phase).toBe('connected'))
    }
    await vi.waitFor(() => expect(seen.length).toBe(n))
    expect(seen).toEqual(Array.from({ length: n }, (_, index) => index))
    expect(gaps).toEqual([])
  })

  it('say a typed gap when what was missed is no longer kept', async () => {
    const { MemoryLog } = await import('@wirepact/eventlog')
    const log = new MemoryLog({ now: () => performance.now(), epoch: 'e1', recordsPerTopic: 5 })
    const { url, server } = await serve({ log })
    const client = join(url, { reconnect: { baseMs: 200, capMs: 200, firstMs: 200 } })
    const seen: number[] = []
    const gaps: unknown[] = []
    await client.events.tick.subscribe({ room: 'a' }, { next: ({ n }) => seen.push(n), gap: (gap) => gaps.push(gap) })
      .ready
    await server.events.tick.publish({ room: 'a' }, { n: 0 })
    await vi.waitFor(() => expect(seen).toEqual([0]))
    for (const connection of server.connections) connection.terminate()
    for (let n = 1; n <= 20; n++) await server.events.tick.publish({ room: 'a' }, { n })
    await vi.waitFor(() => expect(seen.length).toBe(6))
    expect(seen).toEqual([0, 16, 17, 18, 19, 20])
    expect(gaps).toEqual([{ reason: 'trimmed', from: 1, to: 16 }])
  })

  it('end the subscription at a gap where the contract says so', async () => {
    const { MemoryLog } = await import('@wirepact/eventlog')
    const log = new MemoryLog({ now: () => performance.now(), epoch: 'e1', recordsPerTopic: 2 })
    const { url, server } = await serve({ log })
    const client = join(url, { reconnect: { baseMs: 100, capMs: 100, firstMs: 100 } })
    const ended = vi.fn()
    const next = vi.fn()
    await client.events.strict.subscribe({ next, ended }).ready
    for (const connection of server.connections) connection.terminate()
    for (let n = 0; n < 9; n++) await server.events.strict.publish({ n })
    await vi.waitFor(() => expect(ended).toHaveBeenCalledTimes(1))
    expect(ended.mock.calls[0]?.[0]).toMatchObject({ code: 'gap', data: { reason: 'trimmed', from: 0, to: 7 } })
    expect(next).not.toHaveBeenCalled()
  })

  it('are refused to those who may not listen, and filtered for those who may', async () => {
    const { url, server } = await serve({
      events: {
        tick: {
          authorize: ({ topic, context }) => topic.room !== 'secret' || context.user === 'root',
          filter: ({ payload, context }) => context.user === 'root' || payload.n % 2 === 0,
        },
      },
    })
    const { events } = join(url)
    const ended = vi.fn()
    const refused = events.tick.subscribe({ room: 'secret' }, { next: () => {}, ended })
    await expect(refused.ready).rejects.toMatchObject({ code: 'permission-denied' })
    expect(ended).toHaveBeenCalledTimes(1)
    const seen: number[] = []
    await events.tick.subscribe({ room: 'x' }, { next: ({ n }) => seen.push(n) }).ready
    for (let n = 0; n < 10; n++) await server.events.tick.publish({ room: 'x' }, { n })
    await vi.waitFor(() => expect(seen).toEqual([0, 2, 4, 6, 8]))
  })

  it('run their source from the first listener to the last', async () => {
    const log: string[] = []
    const { url } = await serve({
      events: {
        tick: {
          async source({ topic, publish, signal }) {
            log.push(`start ${topic.room}`)
            signal.addEventListener('abort', () => log.push(`stop ${topic.room}`))
            for (let n = 0; !signal.aborted; n++) {
              await publish({ n })
              await delay(5)
            }
          },
        },
      },
    })
    const one = join(url)
    const two = join(url)
    const seen: number[] = []
    const first = one.events.tick.subscribe({ room: 'r' }, { next: ({ n }) => seen.push(n) })
    const second = two.events.tick.subscribe({ room: 'r' }, { next: () => {} })
    await Promise.all([first.ready, second.ready])
    await vi.waitFor(() => expect(seen.length).toBeGreaterThan(5))
    first.unsubscribe()
    await delay(20)
    expect(log).toEqual(['start r'])
    second.unsubscribe()
    await vi.waitFor(() => expect(log).toEqual(['start r', 'stop r']))
  })

  it('come on topics that the server chooses', async () => {
    const { url, server } = await serve()
    const client = join(url)
    const told: string[] = []
    client.events.tick.joined({
      next: ({ n }, topic) => told.push(`${topic.room} ${n}`),
      joined: (topic) => told.push(`joined ${topic.room}`),
      left: (topic) => told.push(`left ${topic.room}`),
    })
    await client.api.join({ room: 'lobby' })
    await server.events.tick.publish({ room: 'lobby' }, { n: 1 })
    await vi.waitFor(() => expect(told).toEqual(['joined lobby', 'lobby 1']))
    const [connection] = [...server.connections]
    await connection?.events.tick.leave({ room: 'lobby' })
    await server.events.tick.publish({ room: 'lobby' }, { n: 2 })
    await vi.waitFor(() => expect(told).toEqual(['joined lobby', 'lobby 1', 'left lobby']))
  })

  it('can be looped over', async () => {
    const { url, server } = await serve()
    const { events } = join(url)
    const loop = events.tick({ room: 'a' })
    const seen: number[] = []
    const reading = (async () => {
      for await (const { n } of loop) {
        seen.push(n)
        if (n === 4) break
      }
    })()
    await vi.waitFor(async () => {
      await server.events.tick.publish({ room: 'a' }, { n: 0 })
      expect(seen.length).toBeGreaterThan(0)
    })
    for (let n = 1; n < 9; n++) await server.events.tick.publish({ room: 'a' }, { n })
    await reading
    expect(seen.at(-1)).toBe(4)
  })

  it('refuse to publish what the contract does not allow, and a forgotten promise harms nobody', async () => {
    const { server, reports } = await serve()
    void server.events.tick.publish({ room: 'a' }, { n: 'x' as unknown as number })
    await expect(server.events.tick.publish({ room: 'a' }, { n: 'x' as unknown as number })).rejects.toThrow('at .n')
    expect(reports).toHaveLength(2)
  })
})

import { describe, expect, it } from 'vitest'
import { codeOf, nodeGroup, pair } from './node-group.ts'

const ignored = { next() {} }

describe('who listens to a topic', () => {
  it('is told of all nodes: how many, and who they are', async () => {
    const { network, first, second, ann, join } = await pair()
    const bob = join(first, 'bob')
    const guest = join(first, 'guest')
    const again = join(first, 'ann')
    for (const client of [ann, bob, guest, again]) client.events.room.subscribe({ name: 'lobby' }, ignored)
    bob.events.room.subscribe({ name: 'other' }, ignored)
    await network.advance(100)
    const asked = await network.until(first.server.events.room.listeners({ name: 'lobby' }))
    const nodes = [
      { node: first.server.nodes.id, count: 3 },
      { node: second.server.nodes.id, count: 1 },
    ]
    expect(asked).toMatchObject({ count: 4, nodes, complete: true })
    expect([...asked.principals].sort()).toEqual(['ann', 'bob'])
    expect(await network.until(second.server.events.room.listeners({ name: 'lobby' }))).toMatchObject({ count: 4 })
    expect(await network.until(second.server.events.tick.listeners())).toMatchObject({ count: 0, principals: [] })
  })

  it('counts a client once, and one that the server has join', async () => {
    const { network, first, second, ann } = await pair()
    ann.events.tick.subscribe(ignored)
    ann.events.tick.subscribe(ignored)
    for (const { events } of second.server.connections) void events.tick.join()
    await network.advance(100)
    expect(await network.until(first.server.events.tick.listeners())).toMatchObject({ count: 1, principals: ['ann'] })
  })

  it('is asked again after 2 s, or as often as it is wanted', async () => {
    const { network, first, ann } = await pair()
    const listeners = (maxAgeMs?: number) =>
      network.until(first.server.events.tick.listeners(maxAgeMs === undefined ? {} : { maxAgeMs }))
    expect(await listeners()).toMatchObject({ count: 0 })
    ann.events.tick.subscribe(ignored)
    await network.advance(1_000)
    expect(await listeners()).toMatchObject({ count: 0, ageMs: expect.closeTo(1_000, -2) })
    expect(await listeners(0)).toMatchObject({ count: 1 })
    await network.until(ann.close())
    await network.advance(2_001)
    expect(await listeners()).toMatchObject({ count: 0 })
    expect(await codeOf(listeners(-1))).toBeUndefined()
  })

  it('many ask costs one question', async () => {
    const { network, first, ann } = await pair()
    ann.events.tick.subscribe(ignored)
    await network.advance(100)
    const before = first.engine.appended.get('~nodes') ?? 0
    const all = await network.until(
      Promise.all(Array.from({ length: 100 }, () => first.server.events.tick.listeners())),
    )
    expect(all.every(({ count }) => count === 1)).toBe(true)
    expect((first.engine.appended.get('~nodes') ?? 0) - before).toBe(1)
  })

  it('leaves out those of a node that died as soon as it is asked again, and says that it may not be all', async () => {
    const { network, first, second, ann } = await pair()
    ann.events.tick.subscribe(ignored)
    await network.advance(100)
    second.kill()
    const listeners = first.server.events.tick.listeners()
    expect(await network.until(listeners, 1_100)).toMatchObject({ count: 0, complete: false })
    await network.advance(6_600)
    expect(await network.until(first.server.events.tick.listeners(), 100)).toMatchObject({ count: 0, complete: true })
  })

  it('leaves out a client that is away, and has it again when it is back, on whichever node', async () => {
    const { network, first, second, ann } = await pair()
    ann.events.tick.subscribe(ignored)
    await network.advance(100)
    network.serve(first.server)
    for (const connection of second.server.connections) connection.terminate()
    expect(await network.until(first.server.events.tick.listeners())).toMatchObject({ count: 0 })
    await network.advance(5_000)
    const nodes = [{ node: first.server.nodes.id, count: 1 }]
    expect(await network.until(first.server.events.tick.listeners())).toMatchObject({ count: 1, nodes })
  })

  it('is told by a server on its own, too, and counts there as everywhere', async () => {
    const { network, node, join } = nodeGroup({ nodes: false })
    const { server } = node()
    for (const user of ['ann', 'bob']) join({ server }, user).events.tick.subscribe(ignored)
    await network.advance(100)
    const asked = await network.until(server.events.tick.listeners())
    expect(asked).toMatchObject({ count: 2, complete: true, nodes: [{ node: server.nodes.id, count: 2 }] })
    expect([...asked.principals].sort()).toEqual(['ann', 'bob'])
    expect(await network.until(server.nodes.of('ann').count())).toMatchObject({ count: 1, complete: true })
  })

  it('cannot be told while the engine is away', async () => {
    const { network, first } = await pair()
    first.engine.away()
    expect(await network.until(codeOf(first.server.events.tick.listeners()), 1_000)).toMatch(/^unavailable/)
    first.engine.away(false)
    expect(await network.until(first.server.events.tick.listeners(), 1_000)).toMatchObject({ complete: true })
  })

  it('is refused for what is no topic', async () => {
    const { network, first } = await pair()
    const wrong = first.server.events.room.listeners({ name: 5 as unknown as string })
    expect(await network.until(codeOf(wrong))).toBe('invalid-input')
  })
})

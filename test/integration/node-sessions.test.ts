import { describe, expect, it } from 'vitest'
import { codeOf, nodeGroup, pair, type TestNode } from './node-group.ts'

describe('a call with a key', () => {
  it('runs on one node, whichever nodes it comes to, and all are answered when it has ended', async () => {
    const { network, first, ann, join, runs } = await pair()
    const other = join(first, 'ann')
    await network.until(other.connected())
    const asked = ann.api.work({ ms: 3_000 }, { key: 'k' })
    await network.advance(100)
    const again = other.api.work({ ms: 3_000 }, { key: 'k' })
    expect(await network.until(asked)).toBe('node 2')
    // Told by the node that ran it, not found at the next look.
    expect(await network.until(again, 30)).toBe('node 2')
    expect(runs).toEqual(['node 2'])
    expect(await network.until(other.api.work({ ms: 3_000 }, { key: 'k' }), 30)).toBe('node 2')
    expect(await network.until(codeOf(other.api.work({ ms: 1 }, { key: 'k' })), 30)).toBe('conflict')
  })

  it('whose node dies is indeterminate elsewhere as soon as the node is known to be gone', async () => {
    const { network, first, second, ann, join, runs } = await pair()
    const other = join(first, 'ann')
    await network.until(other.connected())
    void codeOf(ann.api.work({ ms: 60_000 }, { key: 'k' }))
    await network.advance(100)
    const again = codeOf(other.api.work({ ms: 60_000 }, { key: 'k' }))
    second.kill()
    expect(await network.until(again, 6_600)).toBe('indeterminate')
    expect(await network.until(codeOf(other.api.work({ ms: 60_000 }, { key: 'k' })), 30)).toBe('indeterminate')
    expect(runs).toEqual(['node 2'])
  })

  it('is made again by its client on another node, where how it ended is known', async () => {
    const { network, first, second, ann, runs } = await pair()
    const asked = ann.api.work({ ms: 50 }, { key: 'k' })
    await network.advance(20)
    // The answer is made while nobody is there to get it, and its node dies a second later.
    network.serve(undefined)
    for (const connection of second.server.connections) connection.terminate()
    await network.advance(1_000)
    second.kill()
    network.serve(first.server)
    expect(await network.until(asked, 15_000)).toBe('node 2')
    expect(runs).toEqual(['node 2'])
  })

  it('waits for a node that cannot be asked as long as for any answer', async () => {
    const { network, first, second, ann, join } = await pair()
    const other = join(first, 'ann')
    await network.until(other.connected())
    const asked = ann.api.work({ ms: 3_000 }, { key: 'k' })
    await network.advance(100)
    // Its message to ask the other node is lost: it looks by itself.
    const again = other.api.work({ ms: 3_000 }, { key: 'k' })
    await network.advance(1)
    second.engine.lose(`~node ${second.server.nodes.id}`)
    expect(await network.until(Promise.all([asked, again]), 3_400)).toEqual(['node 2', 'node 2'])
  })
})

describe('a client whose node died', () => {
  it('carries its subscriptions on at another: nothing is missing, nothing comes twice', async () => {
    for (let seed = 1; seed <= 10; seed++) {
      const { network, first, second, ann } = await pair({ seed })
      const heard: number[] = []
      ann.events.tick.subscribe({ next: (n) => heard.push(n), gap: () => heard.push(-1) })
      await network.advance(100)
      let n = 0
      const publish = () => void first.server.events.tick.publish(n++)
      for (let step = 0; step < 300; step++) {
        publish()
        await network.advance(network.random.below(10))
        if (step !== 100) continue
        second.kill()
        network.clock.schedule(network.random.below(500), () => network.serve(first.server))
      }
      await network.advance(20_000)
      expect(heard).toEqual(Array.from({ length: n }, (_, index) => index))
    }
  })

  it('has its calls in flight settled: again where that is safe, otherwise as what may have run', async () => {
    const { network, first, second, ann, runs } = await pair()
    const [plain, safe] = [codeOf(ann.api.work({ ms: 500 })), codeOf(ann.api.again({ ms: 500 }))]
    await network.advance(100)
    second.kill()
    network.serve(first.server)
    expect(await network.until(plain, 15_000)).toBe('connection-lost mayHaveRun=true')
    expect(await network.until(safe, 15_000)).toBe('node 1')
    expect(runs).toEqual(['node 2', 'node 2', 'node 1'])
    expect(await network.until(ann.api.work({ ms: 0 }), 100)).toBe('node 1')
  })

  it('is called where it is now', async () => {
    const { network, first, second, ann, node } = await pair()
    const third = node()
    await network.advance(1_000)
    const { api } = third.server.nodes.of('ann')
    expect(await network.until(api.ping())).toBe('ann')
    second.kill()
    network.serve(first.server)
    await network.until(ann.connected(), 15_000)
    await network.advance(6_600)
    expect(await network.until(api.ping(), 100)).toBe('ann')
  })
})

describe('a client whose connection broke', () => {
  it('finds its session where it left it', async () => {
    const { network, second, ann, runs } = await pair()
    const [before] = [...second.server.connections]
    const asked = ann.api.work({ ms: 1_000 })
    await network.advance(100)
    network.cut()
    expect(await network.until(asked, 15_000)).toBe('node 2')
    expect([runs, [...second.server.connections].map(({ id }) => id)]).toEqual([['node 2'], [before?.id]])
  })

  it('and that comes to another node begins a new session there, and is told what became of the old one', async () => {
    const { network, first, second, ann, runs } = await pair()
    const [before] = [...second.server.connections]
    const heard: number[] = []
    ann.events.tick.subscribe({ next: (n) => heard.push(n), gap: () => heard.push(-1) })
    const asked = codeOf(ann.api.work({ ms: 1_000 }))
    await network.advance(100)
    network.serve(first.server)
    network.cut()
    for (let n = 0; n < 5; n++) void second.server.events.tick.publish(n)
    expect(await network.until(asked, 15_000)).toBe('connection-lost mayHaveRun=true')
    await network.advance(1_000)
    expect([runs, heard]).toEqual([['node 2'], [0, 1, 2, 3, 4]])
    expect([...first.server.connections].map(({ id }) => id === before?.id)).toEqual([false])
  })
})

describe('a node that drains', () => {
  it('moves its clients to another without a failed call, in either direction, and without a lost event', async () => {
    for (let seed = 1; seed <= 5; seed++) {
      const { network, first, second, ann, node } = await pair({ seed })
      const third = node()
      await network.advance(1_000)
      const failures: unknown[] = []
      const heard: number[] = []
      ann.events.tick.subscribe({ next: (n) => heard.push(n), gap: () => heard.push(-1) })
      await network.advance(100)
      const watch = (promise: Promise<unknown>) => void promise.catch((error: unknown) => failures.push(error))
      network.serve(first.server)
      const drained = second.server.drain({ deadlineMs: 30_000, spreadMs: 1_000 })
      for (let n = 0; n < 200; n++) {
        watch(ann.api.work({ ms: network.random.below(2_000) }))
        watch(third.server.nodes.of('ann').api.confirm({ question: `${n}`, ms: network.random.below(1_000) }))
        watch(first.server.events.tick.publish(n))
        await network.advance(network.random.below(40))
      }
      await network.until(drained.then(() => second.server.close()))
      await network.advance(5_000)
      expect([failures, first.server.connections.size]).toEqual([[], 1])
      expect(heard).toEqual(Array.from({ length: 200 }, (_, n) => n))
    }
  })
})

it('nodes that die and begin again, one after the other, lose no event, and every call settles', async () => {
  for (let seed = 1; seed <= 10; seed++) {
    const { network, node, join } = nodeGroup({ seed })
    const { random } = network
    const nodes: TestNode[] = [node(), node(), node()]
    const any = () => nodes[random.below(3)] as TestNode
    await network.advance(1_000)
    const clients = ['ann', 'bob', 'cleo'].map((user) => join(any(), user))
    await network.until(Promise.all(clients.map((client) => client.connected())))
    const heard = clients.map((client) => {
      const seen: number[] = []
      client.events.tick.subscribe({ next: (n) => seen.push(n), gap: () => seen.push(-1) })
      return seen
    })
    await network.advance(100)
    const settled: Promise<unknown>[] = []
    let published = 0
    for (let step = 0; step < 400; step++) {
      const publisher = any()
      await network.until(publisher.server.events.tick.publish(published++))
      const client = clients[random.below(3)] as (typeof clients)[number]
      settled.push(codeOf(client.api.work({ ms: random.below(500) }, { timeoutMs: 20_000 })))
      const user = ['ann', 'bob', 'cleo'][random.below(3)] as string
      const caller = any()
      const pinged = codeOf(caller.server.nodes.of(user).api.ping(undefined, { timeoutMs: 20_000 }))
      // What a process that is dead would have been told does not count.
      settled.push(pinged.then((outcome) => (nodes.includes(caller) ? outcome : user)))
      await network.advance(random.below(50))
      if (step % 40 !== 20) continue
      const dying = random.below(3)
      nodes[dying]?.kill()
      nodes[dying] = node()
      network.serve((nodes[(dying + 1) % 3] as TestNode).server)
    }
    await network.advance(25_000)
    for (const seen of heard) expect(seen).toEqual(Array.from({ length: published }, (_, n) => n))
    const outcomes = new Set(await network.until(Promise.all(settled), 1))
    const allowed = ['ann', 'bob', 'cleo', 'connection-lost mayHaveRun=true', 'unavailable mayHaveRun=false']
    for (const outcome of outcomes) expect(String(outcome)).toMatch(new RegExp(`^(node \\d+|${allowed.join('|')})$`))
  }
})

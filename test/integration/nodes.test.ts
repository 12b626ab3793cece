import { describe, expect, it } from 'vitest'
import { codeOf, nodeGroup, pair } from './node-group.ts'

describe('nodes of one log', () => {
  it('know of each other within half a second, and of one that died for 6 s', async () => {
    const { network, first, second, node } = await pair()
    const ids = () => first.server.nodes.list.map(({ id }) => id)
    expect(ids()).toEqual([first.server.nodes.id, second.server.nodes.id])
    const third = node()
    await network.advance(500)
    expect([ids().length, third.server.nodes.list.length]).toEqual([3, 3])
    second.kill()
    await network.advance(4_000)
    expect(ids()).toContain(second.server.nodes.id)
    await network.advance(2_600)
    expect(ids()).toEqual([first.server.nodes.id, third.server.nodes.id])
  })

  it('hear at once of one that goes, and say so of one that drains', async () => {
    const { network, first, second, ann } = await pair()
    void second.server.drain({ deadlineMs: 60_000, spreadMs: 0 })
    await network.advance(100)
    expect(first.server.nodes.list.map(({ draining }) => draining)).toEqual([false, true])
    void ann.close()
    await network.until(second.server.close())
    await network.advance(50)
    expect(first.server.nodes.list).toHaveLength(1)
  })

  it('leave no timer and no watch behind', async () => {
    const { network, clock, first, second, ann } = await pair()
    await network.until(Promise.all([ann.close(), first.server.close(), second.server.close()]))
    await network.advance(60_000)
    expect([clock.pending, first.engine.watches, second.engine.watches]).toEqual([0, 0, 0])
  })

  it('watch two topics each, whatever the number of nodes and clients', async () => {
    const { network, first, second, node, join } = await pair()
    for (let n = 0; n < 5; n++) node()
    await network.advance(1_000)
    for (let n = 0; n < 5; n++) await network.until(join(first, `user ${n}`).connected())
    await network.until(first.server.nodes.of('ann').api.ping())
    expect([first.engine.watches, second.engine.watches]).toEqual([2, 2])
  })

  it('of a log that is not to be shared say nothing', async () => {
    const { network, node, join } = nodeGroup({ nodes: false })
    const alone = node()
    const bob = join(alone, 'bob')
    await network.until(bob.connected())
    await network.advance(10_000)
    expect([alone.engine.watches, [...alone.engine.appended]]).toEqual([0, []])
    expect(await network.until(alone.server.nodes.of('bob').api.ping())).toBe('bob')
    expect(await network.until(codeOf(alone.server.nodes.of('ann').api.ping()))).toBe('unavailable mayHaveRun=false')
    expect(alone.server.nodes.list).toHaveLength(1)
  })
})

describe('a call to a client of another node', () => {
  it('is answered as one to its own: values, declared errors, hidden ones', async () => {
    const { network, first } = await pair()
    const { api } = first.server.nodes.of('ann')
    const when = new Date(0)
    expect(await network.until(api.confirm({ question: 'sure?', when }))).toEqual({
      by: 'ann',
      question: when.toISOString(),
    })
    const busy = await network.until(api.confirm.safe({ question: 'busy?' }))
    expect(busy).toMatchObject({ ok: false, error: { code: 'BUSY', declared: true, data: { forMs: 5 } } })
    const broken = await network.until(api.confirm.safe({ question: 'broken?' }))
    expect(broken).toMatchObject({ ok: false, error: { code: 'internal', declared: false } })
    expect(JSON.stringify(broken)).not.toContain('secret')
    const wrong = await network.until(api.confirm.safe({ question: 5 as unknown as string }))
    expect(wrong).toMatchObject({ ok: false, error: { code: 'invalid-input' } })
  })

  it('may be a notification', async () => {
    const { network, first, heard } = await pair()
    await network.until(first.server.nodes.of('ann').api.poke('hey'))
    await network.advance(50)
    expect(heard).toEqual(['ann: hey'])
  })

  it('costs two messages once it is known where the client is, and none where it is on this node', async () => {
    const { network, first, second } = await pair()
    const sent = (node: typeof first) => {
      const each = [...node.engine.appended].filter(([topic]) => topic.startsWith('~node '))
      return each.reduce((sum, [, count]) => sum + count, 0)
    }
    const { api } = first.server.nodes.of('ann')
    await network.until(api.ping())
    const before = [sent(first), sent(second)]
    for (let n = 0; n < 10; n++) await network.until(api.ping())
    expect([sent(first) - before[0]!, sent(second) - before[1]!]).toEqual([10, 10])
    await network.until(second.server.nodes.of('ann').api.ping())
    expect([sent(first) - before[0]!, sent(second) - before[1]!]).toEqual([10, 10])
  })

  it('nobody holds fails at once, and did not run', async () => {
    const { network, first } = await pair()
    const asked = codeOf(first.server.nodes.of('bob').api.ping())
    expect(await network.until(asked, 100)).toBe('unavailable mayHaveRun=false')
  })

  it('that has moved to a third node follows it there', async () => {
    const { network, first, ann, join, node } = await pair()
    const third = node()
    await network.advance(1_000)
    const { api } = first.server.nodes.of('ann')
    expect(await network.until(api.ping())).toBe('ann')
    await network.until(ann.close())
    await network.until(join(third, 'ann', 'ann again').connected())
    expect(await network.until(api.ping())).toBe('ann again')
  })

  it('has a deadline, which the client hears of', async () => {
    const { network, first, heard } = await pair()
    const asked = codeOf(first.server.nodes.of('ann').api.confirm({ question: 'sure?', ms: 5_000 }, { timeoutMs: 300 }))
    expect(await network.until(asked, 310)).toBe('deadline-exceeded')
    await network.advance(100)
    expect(heard).toEqual(['ann: sure?', 'ann: deadline-exceeded'])
  })

  it('may be cancelled, which the client hears of', async () => {
    const { network, first, heard } = await pair()
    const stop = new AbortController()
    const { api } = first.server.nodes.of('ann')
    const asked = codeOf(api.confirm({ question: 'sure?', ms: 5_000 }, { signal: stop.signal, timeoutMs: 0 }))
    await network.advance(100)
    stop.abort()
    expect(await network.until(asked, 1)).toBe('cancelled')
    await network.advance(100)
    expect(heard).toEqual(['ann: sure?', 'ann: cancelled'])
    expect(await network.until(codeOf(api.ping(undefined, { signal: stop.signal })), 1)).toBe('cancelled')
  })

  it('whose node dies meanwhile may have run, and says so within 6 s', async () => {
    const { network, first, second } = await pair()
    const { api } = first.server.nodes.of('ann')
    const asked = codeOf(api.confirm({ question: 'sure?', ms: 60_000 }, { timeoutMs: 0 }))
    await network.advance(100)
    second.kill()
    expect(await network.until(asked, 6_600)).toBe('connection-lost mayHaveRun=true')
    expect(await network.until(codeOf(api.ping()), 100)).toBe('unavailable mayHaveRun=false')
  })

  it('whose own node dies is given up for its client', async () => {
    const { network, first, heard } = await pair()
    void codeOf(first.server.nodes.of('ann').api.confirm({ question: 'sure?', ms: 60_000 }, { timeoutMs: 0 }))
    await network.advance(100)
    first.kill()
    await network.advance(6_600)
    expect(heard).toEqual(['ann: sure?', 'ann: cancelled'])
  })

  it('whose client goes away meanwhile may have run', async () => {
    const { network, first, ann } = await pair()
    const asked = codeOf(first.server.nodes.of('ann').api.confirm({ question: 'sure?', ms: 60_000 }))
    await network.advance(100)
    void ann.close()
    expect(await network.until(asked, 1_000)).toBe('connection-lost mayHaveRun=true')
  })

  it('is made in the first moment of a node, before it has heard of the others', async () => {
    const { network, node } = await pair()
    const third = node()
    const bob = codeOf(third.server.nodes.of('bob').api.ping())
    expect(await network.until(third.server.nodes.of('ann').api.ping(), 1_000)).toBe('ann')
    expect(await network.until(bob, 1_000)).toBe('unavailable mayHaveRun=false')
  })

  it('to all clients of a principal is answered by each, or fails alone', async () => {
    const { network, first, node, join } = await pair()
    const third = node()
    await network.advance(1_000)
    await network.until(join(first, 'ann', 'ann here').connected())
    await network.until(join(third, 'ann', 'ann there').connected())
    await network.until(join(third, 'ann', 'ann too').connected())
    const { all } = first.server.nodes.of('ann')
    const answers = await network.until(all.ping())
    expect(answers.map((answer) => answer.ok && answer.value).sort()).toEqual([
      'ann',
      'ann here',
      'ann there',
      'ann too',
    ])
    expect(new Set(answers.map((answer) => answer.connection)).size).toBe(4)
    const asked = all.confirm({ question: 'sure?', ms: 30_000 }, { timeoutMs: 50_000 })
    await network.advance(100)
    third.kill()
    const told = (await network.until(asked)).map((answer) => (answer.ok ? answer.value.by : answer.error.code))
    expect(told.sort()).toEqual(['ann', 'ann here', 'connection-lost'])
  })
})

describe('values on their way between nodes', () => {
  it('may be as large as `limits.messageBytes`, and no larger', async () => {
    const { network, first, heard } = await pair()
    const { api } = first.server.nodes.of('ann')
    const most = 'x'.repeat(1024 * 1024 - 100)
    expect((await network.until(api.confirm({ question: most }))).question).toHaveLength(most.length)
    const before = heard.length
    for (const more of [1024 * 1024 + 4_000, 3 * 1024 * 1024]) {
      expect(await network.until(codeOf(api.confirm({ question: 'x'.repeat(more) })))).toMatch('message-too-large')
    }
    expect(heard).toHaveLength(before)
    const odd = api.confirm({ question: (() => {}) as unknown as string })
    await expect(network.until(odd)).rejects.toThrow('cannot send a function')
  })
})

describe('a server that closes', () => {
  it('answers what it was doing for others, and is gone', async () => {
    const { network, first, second } = await pair()
    const asked = codeOf(first.server.nodes.of('ann').api.confirm({ question: 'sure?', ms: 60_000 }))
    await network.advance(100)
    const closed = second.server.close()
    expect(await network.until(asked, 100)).toBe('connection-lost mayHaveRun=true')
    await network.until(closed, 1_000)
    await network.advance(10)
    expect(first.server.nodes.list).toHaveLength(1)
  })
})

describe('connections of a principal', () => {
  it('are counted on all nodes', async () => {
    const { network, first, second, join } = await pair()
    await network.until(join(first, 'ann').connected())
    const nodes = [first, second].map(({ server }) => ({ node: server.nodes.id, count: 1 }))
    expect(await network.until(first.server.nodes.of('ann').count(), 100)).toEqual({ count: 2, nodes, complete: true })
    expect(await network.until(first.server.nodes.of('bob').count(), 100)).toMatchObject({ count: 0, nodes: [] })
    second.kill()
    const left = { count: 1, nodes: nodes.slice(0, 1), complete: false }
    expect(await network.until(first.server.nodes.of('ann').count(), 1_100)).toEqual(left)
  })
})

it.each([{ heartbeatMs: 0 }, { heartbeatMs: 4_000 }, { goneMs: 1e9 }, { heartbeatMs: Number.NaN }])(
  'times that do not fit together are refused: %j',
  (nodes) => {
    expect(() => nodeGroup({ nodes }).node()).toThrow(/nodes: heartbeatMs must be 10 or more and goneMs/)
  },
)

describe('revoking a principal on all nodes', () => {
  it('ends its sessions wherever they are, those of absent clients too', async () => {
    const { network, first, second, ann, join } = await pair()
    const here = join(first, 'ann')
    await network.until(here.connected())
    const bob = join(second, 'bob')
    await network.until(Promise.all([bob.connected(), join(second, 'ann').connected()]))
    network.serve(undefined)
    const [, last] = [...second.server.connections.of('ann')]
    last?.terminate()
    await network.advance(100)
    expect(await network.until(first.server.nodes.revoke('ann'), 100)).toEqual({ sessions: 3, complete: true })
    await network.advance(100)
    expect([ann.status.value.phase, here.status.value.phase, bob.status.value.phase]).toEqual([
      'closed',
      'closed',
      'connected',
    ])
    expect(second.server.metrics()).toMatchObject({ connections: 1, absentSessions: 0 })
  })

  it('says when a node may not have heard of it, which then does', async () => {
    const { network, first, second, ann } = await pair()
    second.engine.stop()
    expect(await network.until(first.server.nodes.revoke('ann'), 1_100)).toEqual({ sessions: 0, complete: false })
    second.engine.go()
    await network.advance(100)
    expect(ann.status.value.phase).toBe('closed')
    first.engine.away()
    expect(await network.until(codeOf(first.server.nodes.revoke('ann')), 100)).toMatch('unavailable')
  })
})

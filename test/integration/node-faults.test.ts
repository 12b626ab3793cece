import { eventCodec } from '@wirepact/peer/json'
import { trustedLimits } from '@wirepact/protocol'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { codeOf, pair } from './node-group.ts'

const codec = eventCodec({ ...trustedLimits, depth: 1_000 })
const inboxOf = (id: string) => `~node ${id}`

describe('what is written to the engine by others than nodes', () => {
  it('is refused, whatever it is, and nodes go on', async () => {
    const { network, engine, first, second, reports } = await pair()
    const topics = ['~nodes', inboxOf(first.server.nodes.id), inboxOf(second.server.nodes.id)]
    const { id } = second.server.nodes
    const odd = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      fc.anything({ withDate: true, withTypedArray: false, withSparseArray: false }).map((value) => encoded(value)),
      fc
        .record({
          kind: fc.constantFrom('beat', 'leave', 'lost', 'ask', 'answer', 'call', 'cancel', 'part', 'absent', 'then'),
          from: fc.oneof(fc.constant(id), fc.constant(''), fc.constant('nobody'), fc.integer()),
          at: fc.oneof(fc.double(), fc.constant('now')),
          id: fc.oneof(fc.nat(5), fc.double(), fc.constant('constructor')),
          ...{ about: fc.constantFrom('where', 'listeners', 'run', '__proto__'), subject: fc.string() },
          ...{ goneMs: fc.double(), isNew: fc.boolean(), draining: fc.boolean(), answer: fc.anything() },
          ...{
            principal: fc.constantFrom('ann', 'bob'),
            all: fc.boolean(),
            method: fc.constantFrom('ping', 'toString'),
          },
          ...{ version: fc.constant(undefined), timeoutMs: fc.double(), key: fc.string(), input: fc.anything() },
          ...{
            parts: fc.integer(),
            connection: fc.string(),
            outcome: fc.oneof(fc.anything(), fc.constant({ output: 1 })),
          },
        })
        // Those would be believed: whoever can write to the engine can say so.
        .filter(({ kind, from }) => from !== id || !['leave', 'part', 'absent', 'answer'].includes(kind))
        .map((value) => encoded(value)),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(fc.constantFrom(...topics), odd), { maxLength: 20 }), async (records) => {
        for (const [topic, data] of records) engine.memory.append(topic, data)
        await network.advance(10)
      }),
      { numRuns: 300 },
    )
    expect(await network.until(first.server.nodes.of('ann').api.ping(), 5_000)).toBe('ann')
    expect(new Set(reports.map(({ what }) => what))).toEqual(new Set(['bus-failed']))
    // Said once in a minute at most, not for each.
    expect(reports.length).toBeLessThan(5)
  })

  it('is refused before it is read when it is larger than a message may be', async () => {
    const { network, engine, first, reports } = await pair()
    engine.memory.append('~nodes', new Uint8Array(1024 * 1024 + 4_097))
    engine.memory.append('~nodes', codec.encode(nested(200)))
    await network.advance(10)
    expect(reports[0]).toMatchObject({ what: 'bus-failed', message: expect.stringContaining('1052673 bytes') })
    expect(await network.until(first.server.nodes.of('ann').api.ping(), 5_000)).toBe('ann')
  })

  it('makes no more nodes than there may be, and they are gone when nothing more is heard of them', async () => {
    const { network, engine, first } = await pair()
    const beat = { kind: 'beat', at: 0, goneMs: 6_000, isNew: true, draining: false }
    for (let n = 0; n < 5_000; n++) engine.memory.append('~nodes', codec.encode({ ...beat, from: `forged ${n}` }))
    await network.advance(10)
    expect(first.server.nodes.list).toHaveLength(1_025)
    expect(await network.until(first.server.nodes.of('ann').api.ping(), 5_000)).toBe('ann')
    await network.advance(7_000)
    expect(first.server.nodes.list).toHaveLength(2)
  })

  it('cannot answer for another node', async () => {
    const { network, engine, first } = await pair()
    const asked = first.server.nodes.of('ann').api.confirm({ question: 'sure?', ms: 100 })
    await network.advance(50)
    const outcome = { output: { by: 'mallory', question: 'sure?' } }
    for (let id = 0; id < 10; id++) {
      const forged = { from: 'mallory', at: 0, id }
      engine.memory.append(
        inboxOf(first.server.nodes.id),
        codec.encode({ ...forged, kind: 'part', of: 1, connection: 'c', outcome }),
      )
      engine.memory.append(inboxOf(first.server.nodes.id), codec.encode({ ...forged, kind: 'absent' }))
    }
    expect(await network.until(asked)).toMatchObject({ by: 'ann' })
  })
})

describe('clocks that differ by years', () => {
  it.each([-1e12, 1e12])('make no difference (%d ms)', async (skewMs) => {
    const { network, first, second } = await pair({ skewMs })
    const { api } = first.server.nodes.of('ann')
    expect(await network.until(api.ping(undefined, { timeoutMs: 100 }))).toBe('ann')
    expect(await network.until(codeOf(api.confirm({ question: '?', ms: 900 }, { timeoutMs: 300 })), 310)).toBe(
      'deadline-exceeded',
    )
    await network.advance(20_000)
    expect([first.server.nodes.list.length, second.server.nodes.list.length]).toEqual([2, 2])
  })

  it('do not hide that a call is too old to be made', async () => {
    for (const skewMs of [0, -1e12, 1e12]) {
      const { network, first, second, heard } = await pair({ skewMs })
      const { api } = first.server.nodes.of('ann')
      await network.until(api.ping())
      second.engine.stop()
      const asked = codeOf(api.confirm({ question: 'late?' }, { timeoutMs: 1_000 }))
      expect(await network.until(asked, 1_100)).toBe('deadline-exceeded')
      await network.advance(2_000)
      const young = api.confirm({ question: 'young?' }, { timeoutMs: 60_000 })
      await network.advance(100)
      second.engine.go()
      expect(await network.until(young, 100)).toMatchObject({ by: 'ann' })
      expect(heard).toEqual(['ann: young?'])
    }
  })
})

describe('a node that stands still', () => {
  it('for longer than it is believed to live is gone, and there again when it goes on', async () => {
    const { network, first, second } = await pair()
    second.engine.stop()
    second.clock.stop()
    await network.advance(8_000)
    expect(first.server.nodes.list).toHaveLength(1)
    second.clock.go()
    // It does not take the others for gone because it did not listen.
    expect(second.server.nodes.list).toHaveLength(2)
    second.engine.go()
    await network.advance(2_100)
    expect([first.server.nodes.list.length, second.server.nodes.list.length]).toEqual([2, 2])
    expect(await network.until(first.server.nodes.of('ann').api.ping(), 1_000)).toBe('ann')
  })
})

describe('a node that stands still while it waits for a client of another', () => {
  it('finds its call given up, and not open for ever', async () => {
    const { network, first, heard } = await pair()
    const asked = codeOf(first.server.nodes.of('ann').api.confirm({ question: 'sure?', ms: 60_000 }, { timeoutMs: 0 }))
    await network.advance(100)
    first.engine.stop()
    first.clock.stop()
    await network.advance(8_000)
    expect(heard).toEqual(['ann: sure?', 'ann: cancelled'])
    first.clock.go()
    first.engine.go()
    expect(await network.until(asked, 100)).toBe('connection-lost mayHaveRun=true')
  })
})

describe('messages that the log lost', () => {
  it('on their way to the holder: the call may have run, and its caller is told at once', async () => {
    const { network, first, second } = await pair()
    const asked = codeOf(first.server.nodes.of('ann').api.confirm({ question: 'sure?', ms: 10_000 }))
    await network.advance(100)
    second.engine.lose(inboxOf(second.server.nodes.id))
    expect(await network.until(asked, 100)).toBe('connection-lost mayHaveRun=true')
  })

  it('on their way back: likewise', async () => {
    const { network, first } = await pair()
    const asked = codeOf(first.server.nodes.of('ann').api.confirm({ question: 'sure?', ms: 10_000 }))
    await network.advance(100)
    first.engine.lose(inboxOf(first.server.nodes.id))
    expect(await network.until(asked, 1)).toBe('connection-lost mayHaveRun=true')
    expect(await network.until(first.server.nodes.of('ann').api.ping(), 100)).toBe('ann')
  })

  it('to all: who is there is asked again', async () => {
    const { network, first, node } = await pair()
    first.engine.stop()
    node()
    await network.advance(100)
    first.engine.lose('~nodes')
    first.engine.go()
    await network.advance(200)
    expect(first.server.nodes.list).toHaveLength(3)
  })
})

describe('an engine that takes its time, for each thing another', () => {
  it('answers every call with what it is, and every client hears that it was given up', async () => {
    for (let seed = 1; seed <= 20; seed++) {
      const { network, first, heard, later } = await pair({ seed, jitterMs: 50 })
      const { api } = first.server.nodes.of('ann')
      const { random } = network
      const asked: Promise<unknown>[] = []
      for (let n = 0; n < 100; n++) {
        const stop = new AbortController()
        const [ms, giveUpMs] = [random.below(400), random.below(400)]
        const limits = random.chance(0.5) ? { signal: stop.signal, timeoutMs: 0 } : { timeoutMs: giveUpMs }
        const confirmed = codeOf(api.confirm({ question: `${n}`, ms }, limits))
        asked.push(confirmed.then((outcome) => [n, (outcome as { question?: string }).question ?? outcome]))
        if (limits.timeoutMs === 0) void later(giveUpMs).then(() => stop.abort())
        await network.advance(random.below(20))
      }
      const outcomes = (await network.until(Promise.all(asked), 2_000)) as [number, string][]
      for (const [n, outcome] of outcomes) expect([`${n}`, 'cancelled', 'deadline-exceeded']).toContain(outcome)
      // Nothing runs for somebody who has given up: what was begun has been told so, or was as good as done.
      await network.advance(1_000)
      const given = outcomes.filter(([n, outcome]) => outcome !== `${n}`)
      expect(given.length).toBeGreaterThan(10)
      expect(heard.filter((line) => /cancelled|deadline/.test(line)).length).toBeLessThanOrEqual(given.length)
      expect(first.server.metrics().nodes.calling).toBe(0)
    }
  })

  it('keeps a call from a cancel that would overtake it', async () => {
    for (let seed = 1; seed <= 30; seed++) {
      const { network, first, second, heard } = await pair({ seed, jitterMs: 100 })
      const { api } = first.server.nodes.of('ann')
      await network.until(api.ping())
      const stop = new AbortController()
      const asked = codeOf(api.confirm({ question: 'sure?', ms: 5_000 }, { signal: stop.signal, timeoutMs: 0 }))
      await network.advance(1)
      stop.abort()
      expect(await network.until(asked, 1)).toBe('cancelled')
      await network.advance(1_000)
      expect(second.server.metrics().nodes.called).toBe(0)
      expect([[], ['ann: sure?', 'ann: cancelled']]).toContainEqual(heard)
    }
  })
})

describe('an engine that is away', () => {
  it('fails calls to other nodes, not those to clients of this one, and all goes on when it is back', async () => {
    const { network, first, second, reports } = await pair()
    await network.until(first.server.nodes.of('ann').api.ping())
    for (const { engine } of [first, second]) engine.away()
    const { api } = first.server.nodes.of('ann')
    // It cannot be told whether an engine has stored what it did not answer.
    expect(await network.until(codeOf(api.ping()), 100)).toBe('connection-lost mayHaveRun=true')
    expect(await network.until(codeOf(first.server.nodes.of('bob').api.ping()), 100)).toMatch('unavailable')
    expect(await network.until(second.server.nodes.of('ann').api.ping(), 100)).toBe('ann')
    await network.advance(30_000)
    for (const { engine } of [first, second]) engine.away(false)
    await network.advance(2_100)
    expect(await network.until(api.ping(), 100)).toBe('ann')
    // Each node says it once.
    expect(reports.map(({ what, where }) => `${what} ${where}`)).toEqual(['bus-failed log', 'bus-failed log'])
  })

  it('when a server begins is tried again until it is there', async () => {
    const { network, first, node } = await pair()
    const third = node()
    third.engine.away()
    expect(await network.until(codeOf(third.server.nodes.of('ann').api.ping()), 100)).toMatch('unavailable')
    await network.advance(60_000)
    third.engine.away(false)
    await network.advance(5_500)
    expect([third.server.nodes.list.length, first.server.nodes.list.length]).toEqual([3, 3])
    expect(await network.until(third.server.nodes.of('ann').api.ping(), 100)).toBe('ann')
  })

  it('keeps no server from closing', async () => {
    const { network, first, ann, second } = await pair()
    for (const { engine } of [first, second]) engine.kill()
    void ann.close()
    await network.until(Promise.all([first.server.close(), second.server.close()]), 3_000)
  })

  it('and took a call without saying so: it may have run', async () => {
    const { network, first, heard } = await pair()
    await network.until(first.server.nodes.of('ann').api.ping())
    first.engine.loseReply()
    const asked = codeOf(first.server.nodes.of('ann').api.confirm({ question: 'sure?', ms: 50 }))
    expect(await network.until(asked, 100)).toBe('connection-lost mayHaveRun=true')
    await network.advance(100)
    expect(heard).toContain('ann: sure?')
  })
})

function nested(depth: number): unknown {
  return depth === 0 ? 1 : [nested(depth - 1)]
}

/** As bytes; nothing where it cannot be said. */
function encoded(value: unknown): Uint8Array {
  try {
    return codec.encode(value)
  } catch {
    return new Uint8Array()
  }
}

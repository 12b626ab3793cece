import { everyCut } from '@wirepact/testing'
import { describe, expect, it } from 'vitest'
import { call, type Direction, directions, type Kind, kinds, length, type Seen, world } from './world.ts'

// Kind × direction × fault. Whatever happens: every promise and every loop settles, every `finally` has run, and the
// slots are free: the same call works again afterwards, as often as there are slots.

const all = Array.from({ length }, (_, index) => index + 1)
const sum = all.reduce((total, each) => total + each, 0)

/** What an undisturbed call of each kind gives. */
const normal: Record<Kind, Seen> = {
  once: { items: [], end: 3 },
  down: { items: all, end: 'all' },
  up: { items: [], end: sum, sourceDone: true },
  both: { items: all.map((n) => `got ${n}`), end: sum, sourceDone: true },
}

const cases = kinds.flatMap((kind) => directions.map((direction) => ({ kind, direction })))

function begin(direction: Direction) {
  const here = world()
  const tally = direction === 'to the server' ? here.tallies.server : here.tallies.client
  /** Every handler that began has ended, and there is room for more. */
  const expectNothingLeft = async (kind: Kind) => {
    await here.network.advance(1_000)
    expect(tally.finished).toBe(tally.started)
    for (let round = 0; round < 3; round++) {
      const api = await here.network.until(here.api(direction))
      expect(await here.network.until(call(api, kind, 'work'))).toEqual(normal[kind])
    }
    expect(tally.finished).toBe(tally.started)
  }
  return { ...here, tally, expectNothingLeft }
}

describe.each(cases)('$kind $direction', ({ kind, direction }) => {
  it('goes its way', async () => {
    const { network, api, expectNothingLeft } = begin(direction)
    expect(await network.until(call(await network.until(api(direction)), kind, 'work'))).toEqual(normal[kind])
    await expectNothingLeft(kind)
  })

  it('is cancelled by its caller', async () => {
    const { network, api, tally, expectNothingLeft } = begin(direction)
    const stop = new AbortController()
    const seen = call(await network.until(api(direction)), kind, 'hang', { signal: stop.signal })
    await network.advance(300)
    expect([tally.started, tally.finished]).toEqual([1, 0])
    stop.abort()
    expect((await network.until(seen)).end).toEqual({ code: 'cancelled' })
    await network.advance(100)
    expect(tally.aborted).toEqual(['cancelled'])
    await expectNothingLeft(kind)
  })

  it('passes its deadline', async () => {
    const { network, api, tally, expectNothingLeft } = begin(direction)
    const seen = await network.until(call(await network.until(api(direction)), kind, 'hang', { timeoutMs: 200 }))
    expect(seen.end).toEqual({ code: 'deadline-exceeded' })
    await network.advance(100)
    expect(tally.aborted).toHaveLength(1)
    await expectNothingLeft(kind)
  })

  it('fails as its handler declared', async () => {
    const { network, api, expectNothingLeft } = begin(direction)
    const seen = await network.until(call(await network.until(api(direction)), kind, 'declared'))
    expect(seen.end).toEqual({ code: 'NOPE', data: { why: 'so' } })
    await expectNothingLeft(kind)
  })

  it('fails as its handler did not declare, and nothing of that is told', async () => {
    const { network, api, expectNothingLeft } = begin(direction)
    const seen = await network.until(call(await network.until(api(direction)), kind, 'throw'))
    expect(seen.end).toEqual({ code: 'internal' })
    await expectNothingLeft(kind)
  })

  it('is answered early', async () => {
    const { network, api, expectNothingLeft } = begin(direction)
    const seen = await network.until(call(await network.until(api(direction)), kind, 'early'))
    expect(seen.end).toEqual({ once: 2, down: 'early', up: 3, both: 3 }[kind])
    await expectNothingLeft(kind)
  })

  it('gives what the contract does not allow', async () => {
    const { network, api, expectNothingLeft } = begin(direction)
    const accepts = kind === 'up' || kind === 'both'
    const how = accepts ? 'work' : 'bad'
    const seen = await network.until(call(await network.until(api(direction)), kind, how, { badItem: accepts }))
    expect(seen.end).toEqual({ code: accepts ? 'invalid-input' : 'internal' })
    expect(seen.items).toEqual({ once: [], down: [1, 2], up: [], both: ['got 1', 'got 2', 'got 3'] }[kind])
    await expectNothingLeft(kind)
  })

  it('goes on after a cut', async () => {
    const { network, api, expectNothingLeft } = begin(direction)
    const seen = call(await network.until(api(direction)), kind, 'work')
    await network.advance(25)
    network.cut()
    expect(await network.until(seen)).toEqual(normal[kind])
    await expectNothingLeft(kind)
  })

  it('is lost with its session', async () => {
    const { network, api, replace, tally, expectNothingLeft } = begin(direction)
    const seen = call(await network.until(api(direction)), kind, 'hang')
    await network.advance(100)
    network.serve(undefined)
    network.cut()
    await network.advance(70_000)
    replace()
    expect((await network.until(seen)).end).toEqual({ code: 'connection-lost', mayHaveRun: true })
    await network.advance(30_000)
    expect(tally.aborted).toEqual(['connection-lost'])
    await expectNothingLeft(kind)
  })

  it('is finished by a server that drains', async () => {
    const { network, api, replace, server, expectNothingLeft } = begin(direction)
    const before = server()
    const seen = call(await network.until(api(direction)), kind, 'work')
    await network.advance(15)
    replace()
    const drained = before.drain({ deadlineMs: 60_000, spreadMs: 0 })
    expect(await network.until(seen)).toEqual(normal[kind])
    await network.until(drained)
    await network.until(before.close())
    await expectNothingLeft(kind)
  })
})

describe('notifications', () => {
  it.each(directions)('arrive %s, or are dropped where they do not fit', async (direction) => {
    const { network, api, tallies } = world()
    const remote = await network.until(api(direction))
    await network.until(remote.told({ how: 'work' }))
    await network.until(remote.told({ how: 'nonsense' as never }))
    await network.advance(100)
    expect(direction === 'to the server' ? tallies.server.told : tallies.client.told).toBe(1)
  })
})

describe('all kinds in both directions at once', () => {
  it.each(['cut', 'half-cut', 'black hole', 'delay'] as const)(
    'end the same with a %s at each of their messages',
    async (fault) => {
      const { cuts, outcome } = await everyCut(
        async ({ network }) => {
          const { api, client, server, tallies } = world(network)
          const seen: Seen[] = []
          for (const direction of directions) {
            const remote = await api(direction)
            seen.push(...(await Promise.all(kinds.slice(0, 3).map((kind) => call(remote, kind, 'work')))))
            seen.push(await call(remote, 'both', 'work'))
          }
          await client.close()
          await server().close()
          return { seen, tallies }
        },
        { fault, network: { latencyMs: 3 } },
      )
      expect(cuts).toBeGreaterThan(60)
      expect(outcome.seen).toEqual([...kinds, ...kinds].map((kind) => normal[kind]))
    },
  )
})

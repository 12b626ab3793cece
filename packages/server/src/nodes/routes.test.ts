import type { MethodEntry } from '@wirepact/contract'
import { describe, expect, it } from 'vitest'
import { manualClock } from '../testing/manual-clock.ts'
import type { Bus } from './bus.ts'
import type { Said } from './message.ts'
import { Routes } from './routes.ts'

const entry = { name: 'ask', kind: 'call' } as MethodEntry

/** Routes of a node that is told that principals are where `whereabouts` says, in this order. */
function setUp(answers: (string | undefined)[], alive: string[], all: string[] = []) {
  const clock = manualClock()
  const said: [string, Said][] = []
  const isNot: string[] = []
  const bus = { to: async (node: string, message: Said) => void said.push([node, message]) } as unknown as Bus
  const routes = new Routes({
    ...{ node: 'here', bus, clock },
    directory: { has: (node) => alive.includes(node) },
    holder: { of: () => [] },
    whereabouts: {
      one: async () => answers.shift(),
      all: async () => all,
      isNot: (_principal, node) => isNot.push(node),
    },
  })
  const settled = async () => {
    for (let n = 0; n < 20; n++) await Promise.resolve()
  }
  return { routes, clock, said, isNot, settled }
}

describe('a call', () => {
  it('is not sent to a node that went while it answered: nobody would say that it is gone', async () => {
    const { routes, said, isNot } = setUp(['gone', undefined], [])
    await expect(routes.one('ann', entry, 1)).rejects.toMatchObject({ code: 'unavailable', mayHaveRun: false })
    expect([said, isNot]).toEqual([[], ['gone']])
  })

  it('goes on to the next node when one does not hold the client any more, four times at most', async () => {
    const { routes, said, settled } = setUp(['a', 'b', 'c', 'd', 'e'], ['a', 'b', 'c', 'd', 'e'])
    const asked = routes.one('ann', entry, 1)
    for (let id = 1; id <= 4; id++) {
      await settled()
      routes.absent({ kind: 'absent', from: said.at(-1)?.[0] ?? '', at: 0, id })
    }
    await expect(asked).rejects.toMatchObject({ code: 'unavailable' })
    expect(said.map(([node]) => node)).toEqual(['a', 'b', 'c', 'd'])
  })

  it('tells the other node how long it may take, not when it has to be done', async () => {
    const { routes, clock, said, settled } = setUp(['a'], ['a'])
    clock.moveTo(1e9)
    const asked = routes.one('ann', entry, 1, { timeoutMs: 500 })
    await settled()
    expect(said[0]?.[1]).toMatchObject({ kind: 'call', timeoutMs: 500, method: 'ask', input: 1 })
    clock.moveTo(1e9 + 500)
    await expect(asked).rejects.toMatchObject({ code: 'deadline-exceeded' })
    expect(said[1]?.[1]).toEqual({ kind: 'cancel', id: 1 })
    expect([routes.pending, clock.pending]).toEqual([0, 0])
  })

  it('to all is over when as many have answered as the node said, in whatever order', async () => {
    const { routes, settled } = setUp([], ['a'], ['a'])
    const asked = routes.all('ann', entry, 1)
    await settled()
    for (const connection of ['c', 'd', 'e']) {
      routes.part({ kind: 'part', from: 'a', at: 0, id: 1, of: 3, connection, outcome: { output: 7 } })
    }
    expect((await asked).map(({ connection }) => connection)).toEqual(['c', 'd', 'e'])
  })

  it('that makes no sense is refused before anybody is asked', async () => {
    const { routes, said } = setUp(['a'], ['a'])
    await expect(routes.one('ann', entry, 1, { timeoutMs: -1 })).rejects.toThrow('timeoutMs must be 0 or more')
    await expect(routes.one('ann', entry, 1, { signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: 'cancelled',
    })
    expect(said).toEqual([])
  })
})

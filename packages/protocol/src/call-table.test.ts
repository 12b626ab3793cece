import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { CallTable } from './call-table.ts'

type Step = { readonly do: 'set'; readonly skip: number } | { readonly do: 'take' | 'get'; readonly pick: number }

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ do: fc.constant('set' as const), skip: fc.nat(40) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('take' as const), pick: fc.nat() }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('get' as const), pick: fc.nat() }) },
)

function visited(table: CallTable<string>): [number, string][] {
  const found: [number, string][] = []
  table.visit((entry, id) => found.push([id, entry]))
  return found
}

describe('a call table', () => {
  it.each([0, 0xffff_fff0, 0x7fff_fff0, 2 ** 53 - 50_000])(
    'is a Map, whatever is done to it, with ids from %i',
    (first) => {
      fc.assert(
        fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
          const table = new CallTable<string>()
          const oracle = new Map<number, string>()
          let id = first
          for (const one of steps) {
            if (one.do === 'set') {
              id += 1 + one.skip
              table.set(id, `call ${id}`)
              oracle.set(id, `call ${id}`)
            } else {
              // Ids that were never given and ids that were taken are asked for, too.
              const known = [...oracle.keys()]
              const asked = one.pick % 3 === 0 ? first + (one.pick % 60) : (known[one.pick % (known.length || 1)] ?? id)
              expect(one.do === 'get' ? table.get(asked) : table.take(asked)).toBe(oracle.get(asked))
              if (one.do === 'take') oracle.delete(asked)
            }
            expect(table.size).toBe(oracle.size)
          }
          expect(visited(table)).toEqual([...oracle])
        }),
        { numRuns: 200 },
      )
    },
  )

  it('keeps a call that a hundred thousand others overtake, and one that overtakes it back', () => {
    const table = new CallTable<number>()
    table.set(1, 1)
    for (let id = 2; id < 100_000; id++) {
      table.set(id, id)
      if (id % 10_000 !== 0 && table.take(id) !== id) throw new Error(`call ${id} was not found`)
    }
    expect(visited(table as unknown as CallTable<string>).map(([id]) => id)).toEqual([
      1, 10_000, 20_000, 30_000, 40_000, 50_000, 60_000, 70_000, 80_000, 90_000,
    ])
    expect(table.take(1)).toBe(1)
    expect(table.take(1)).toBeUndefined()
    expect(table.size).toBe(9)
  })

  it('lets entries be taken out while it is visited', () => {
    const table = new CallTable<string>()
    for (let id = 1; id <= 20; id++) table.set(id, `${id}`)
    table.visit((_, id) => table.take(id))
    expect(table.size).toBe(0)
  })

  it('is empty after clear, and as good as new', () => {
    const table = new CallTable<string>()
    for (let id = 1; id <= 20; id++) table.set(id, `${id}`)
    table.clear()
    expect([table.size, table.get(5), table.take(5), visited(table)]).toEqual([0, undefined, undefined, []])
    table.set(21, 'x')
    expect(table.get(21)).toBe('x')
  })
})

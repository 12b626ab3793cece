import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { FewMap } from './few-map.ts'

const key = fc.integer({ min: 0, max: 20 })
const act = fc.oneof(
  fc.record({ do: fc.constant('set' as const), key, value: fc.integer() }),
  fc.record({ do: fc.constant('delete' as const), key }),
  fc.record({ do: fc.constant('clear' as const) }),
)

describe('a map of few', () => {
  it('is as a Map is, whatever is done to it, few or many', () => {
    fc.assert(
      fc.property(fc.array(act, { maxLength: 100 }), (acts) => {
        const map = new Map<number, number>()
        const few = new FewMap<number, number>()
        for (const each of acts) {
          if (each.do === 'set') {
            map.set(each.key, each.value)
            few.set(each.key, each.value)
          } else if (each.do === 'delete') {
            map.delete(each.key)
            few.delete(each.key)
          } else {
            map.clear()
            few.clear()
          }
          expect(few.size).toBe(map.size)
          expect(few.entries()).toEqual([...map])
          expect(few.values()).toEqual([...map.values()])
          for (let other = 0; other <= 20; other++) {
            expect([few.has(other), few.get(other)]).toEqual([map.has(other), map.get(other)])
          }
        }
      }),
    )
  })

  it('goes on with what it had while it is changed', () => {
    const few = new FewMap<string, number>()
    few.set('a', 1)
    few.set('b', 2)
    const seen: string[] = []
    for (const [name] of few.entries()) {
      seen.push(name)
      few.delete('b')
      few.set('c', 3)
    }
    expect(seen).toEqual(['a', 'b'])
    expect(few.entries()).toEqual([
      ['a', 1],
      ['c', 3],
    ])
  })

  it('does not share its beginning with others', () => {
    const one = new FewMap<number, number>()
    one.set(1, 1)
    expect(new FewMap<number, number>().size).toBe(0)
  })
})

import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Due, DueHeap } from './due-heap.ts'

describe('the heap of what is due', () => {
  it('gives the earliest first after any additions, removals and postponements', () => {
    const step = fc.oneof(
      fc.record({ kind: fc.constant('add' as const), dueAt: fc.nat(100) }),
      fc.record({ kind: fc.constant('remove' as const), which: fc.nat(1000) }),
      fc.record({ kind: fc.constant('postpone' as const), which: fc.nat(1000), by: fc.nat(100) }),
    )
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const heap = new DueHeap<Due>()
        const naive: Due[] = []
        for (const next of steps) {
          const item = next.kind === 'add' ? { dueAt: next.dueAt, slot: -1 } : naive[next.which % naive.length]
          if (item === undefined) continue
          if (next.kind === 'add') {
            naive.push(item)
            heap.add(item)
          } else if (next.kind === 'remove') {
            naive.splice(naive.indexOf(item), 1)
            heap.remove(item)
            expect(item.slot).toBe(-1)
          } else heap.postpone(item, item.dueAt + next.by)
          expect(heap.size).toBe(naive.length)
          expect(heap.top?.dueAt).toBe(naive.length === 0 ? undefined : Math.min(...naive.map(({ dueAt }) => dueAt)))
        }
      }),
    )
  })
})

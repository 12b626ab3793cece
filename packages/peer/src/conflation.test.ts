import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Conflation } from './conflation.ts'
import type { SharedEvent } from './shared-event.ts'

const eventAt = (offset: number, bytes = 1) => ({ record: { offset, data: new Uint8Array(bytes) } }) as SharedEvent

function drain(held: Conflation): number[] {
  const offsets: number[] = []
  for (let event = held.shift(); event !== undefined; event = held.shift()) offsets.push(event.record.offset)
  return offsets
}

describe('what is held for a slow subscriber', () => {
  it('is the newest event of each key, in the order of offsets, whatever comes and goes', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.integer({ min: 0, max: 5 }), fc.constant('shift' as const))), (steps) => {
        const held = new Conflation()
        let model: { key: string; offset: number }[] = []
        for (const [index, step] of steps.entries()) {
          if (step === 'shift') {
            expect(held.shift()?.record.offset).toBe(model.shift()?.offset)
            continue
          }
          const key = `${step}`
          expect(held.keep(key, eventAt(index))).toBe(true)
          model = [...model.filter((each) => each.key !== key), { key, offset: index }]
        }
        expect(held.size).toBe(model.length)
        expect(drain(held)).toEqual(model.map(({ offset }) => offset))
      }),
    )
  })

  it('has at most 1,024 keys; a key that is there can always be renewed', () => {
    const held = new Conflation()
    for (let offset = 0; offset < 1_024; offset++) expect(held.keep(`${offset}`, eventAt(offset))).toBe(true)
    expect(held.keep('another', eventAt(1_024))).toBe(false)
    expect(held.keep('7', eventAt(1_025))).toBe(true)
    expect(held.size).toBe(1_024)
  })

  it('has at most 256 KiB of payloads, or one event that is larger', () => {
    const held = new Conflation()
    expect(held.keep('a', eventAt(1, 1024 * 1024))).toBe(true)
    expect(held.keep('b', eventAt(2))).toBe(false)
    held.shift()
    expect(held.keep('b', eventAt(2, 256 * 1024))).toBe(true)
    expect(held.keep('c', eventAt(3))).toBe(false)
    held.clear()
    expect(held.keep('c', eventAt(3))).toBe(true)
  })
})

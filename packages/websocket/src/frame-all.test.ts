import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { frameAll } from './frame-all.ts'
import { prepareFrame } from './sender.ts'

describe('frames of many messages', () => {
  it('are the frames of each, whatever their sizes', () => {
    const size = fc.oneof(fc.nat(125), fc.constantFrom(125, 126, 65_535, 65_536), fc.nat(2_000))
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.nat(125), size), { maxLength: 8 }), fc.nat(255), (sizes, fill) => {
        const bytes = new Uint8Array(sizes.reduce((total, each) => total + 2 + each, 0))
        const [starts, ends]: [number[], number[]] = [[], []]
        let at = 0
        for (const [nth, each] of sizes.entries()) {
          starts.push(at + 2)
          at += 2 + each
          ends.push(at)
          bytes.fill(fill + nth, at - each, at)
        }
        const expected = sizes.flatMap((_, nth) => [...prepareFrame(bytes, starts[nth], ends[nth])])
        expect([...frameAll(bytes, starts, ends, sizes.length)]).toEqual(expected)
      }),
      { numRuns: 60 },
    )
  })
})

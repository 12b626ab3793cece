import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { seededBelow } from './testing/seeded.ts'
import { StreamWorld } from './testing/stream-world.ts'

const narrow = {
  windows: {
    initial: { bytes: 200, items: 4 },
    most: { bytes: 800, items: 16 },
    connectionBytes: 1_000,
  },
  window: { bytes: 4_000, messages: 24 },
  highWaterBytes: 500,
  itemBytes: 90,
}

describe('streams under cuts, slow readers, readers that leave, and credit that is said twice', () => {
  it('lose, double and reorder nothing, never hold more than their windows, and never stand still', () => {
    const totals = { cuts: 0, items: 0, largest: 0 }
    for (let seed = 1; seed <= 1_500; seed++) {
      const world = new StreamWorld(seededBelow(seed), narrow)
      try {
        for (let step = 0; step < 200; step++) world.step()
        world.settle()
        world.checkQuiet()
      } catch (error) {
        throw new Error(`seed ${seed}: ${(error as Error).message}`, { cause: error })
      }
      totals.cuts += world.counts.cuts
      totals.items += world.counts.items
      totals.largest = Math.max(totals.largest, world.counts.largest)
    }
    console.log(`1500 traces from seed 1: ${JSON.stringify(totals)}`)
    expect(totals.items).toBeGreaterThan(50_000)
  })

  it('do so for windows and items of any size', () => {
    fc.assert(
      fc.property(
        fc.record({
          seed: fc.nat(),
          bytes: fc.integer({ min: 1, max: 2_000 }),
          items: fc.integer({ min: 1, max: 50 }),
          growth: fc.integer({ min: 1, max: 16 }),
          connection: fc.integer({ min: 1, max: 4_000 }),
          itemBytes: fc.integer({ min: 1, max: 3_000 }),
          highWaterBytes: fc.integer({ min: 1, max: 5_000 }),
          messages: fc.integer({ min: 4, max: 64 }),
        }),
        ({ seed, bytes, items, growth, connection, itemBytes, highWaterBytes, messages }) => {
          const world = new StreamWorld(seededBelow(seed), {
            windows: {
              initial: { bytes, items },
              most: { bytes: bytes * growth, items: items * growth },
              connectionBytes: connection,
            },
            window: { bytes: 100_000, messages },
            ...{ highWaterBytes, itemBytes },
          })
          for (let step = 0; step < 150; step++) world.step()
          world.settle()
          world.checkQuiet()
        },
      ),
      { numRuns: 200 },
    )
  })
})

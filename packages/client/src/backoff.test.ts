import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { defaultBackoff, delayAfter } from './backoff.ts'

const chance = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })

describe('the wait before the next try', () => {
  it.each([
    [0, 1_000],
    [1, 500],
    [2, 1_000],
    [3, 2_000],
    [6, 16_000],
    [7, 20_000],
    [40, 20_000],
    [100_000, 20_000],
  ])('after %i failures is any time up to %i ms', (failures, bound) => {
    expect(delayAfter({ failures }, 0, defaultBackoff)).toBe(0)
    expect(delayAfter({ failures }, 0.5, defaultBackoff)).toBe(bound / 2)
    fc.assert(
      fc.property(chance, (random) => {
        const delay = delayAfter({ failures }, random, defaultBackoff)
        expect(delay).toBeGreaterThanOrEqual(0)
        expect(delay).toBeLessThanOrEqual(bound)
      }),
    )
  })

  it('is spread evenly: no tenth of the bound gets more than its share of ten thousand clients', () => {
    const tenths = new Array<number>(10).fill(0)
    // Every client draws once; a generator that is even gives even waits, so that is all there is to see.
    for (let client = 0; client < 10_000; client++) {
      const delay = delayAfter({ failures: 4 }, (client + 0.5) / 10_000, defaultBackoff)
      const tenth = Math.floor((delay / 4_000) * 10)
      tenths[tenth] = (tenths[tenth] ?? 0) + 1
    }
    expect(tenths).toEqual(new Array(10).fill(1_000))
  })

  it('is what the server named, once, and never less than jitter when tries keep failing', () => {
    fc.assert(
      fc.property(fc.nat(50), chance, fc.nat(60_000), (failures, random, namedMs) => {
        const delay = delayAfter({ failures, namedMs }, random, defaultBackoff)
        const jitter = failures > 1 ? delayAfter({ failures }, random, defaultBackoff) : 0
        expect(delay).toBe(Math.max(namedMs, jitter))
      }),
    )
  })

  it('is ten minutes when the server names a year', () => {
    expect(delayAfter({ failures: 0, namedMs: 3e10 }, 0.5, defaultBackoff)).toBe(600_000)
  })

  it('leaves time for several tries to whoever has to move by a certain time', () => {
    const longest = (leftMs: number) => delayAfter({ failures: 20, leftMs }, 0.9999, defaultBackoff)
    expect([200_000, 30_000, 4_000, 0, -5].map((leftMs) => Math.round(longest(leftMs) / 100) / 10)).toEqual([
      20, 7.5, 1, 1, 1,
    ])
  })

  it('grows with failures, never falls, and keeps to options', () => {
    const options = { baseMs: 10, capMs: 300, firstMs: 7, stableMs: 0 }
    const delays = [1, 2, 3, 4, 5, 6, 7, 50].map((failures) => delayAfter({ failures }, 0.999, options))
    expect(delays.map((delay) => Math.round(delay))).toEqual([10, 20, 40, 80, 160, 300, 300, 300])
    expect(delayAfter({ failures: 0 }, 0.999, options)).toBeCloseTo(7, 1)
  })
})

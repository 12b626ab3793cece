import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { DeadlineScan } from './deadline.ts'

describe('deadlines', () => {
  it('none is pending in the beginning, nor after a call that waits for ever', () => {
    const scan = new DeadlineScan()
    expect(scan.next).toBe(Number.POSITIVE_INFINITY)
    expect(scan.add(5, 0)).toBe(Number.POSITIVE_INFINITY)
    expect(scan.next).toBe(Number.POSITIVE_INFINITY)
  })

  it.each([
    [0, 1, 8],
    [0, 8, 8],
    [0, 9, 16],
    [3.5, 4.5, 8],
    [3.5, 4.6, 16],
    [7, 30_000, 30_008],
  ])('at %d, %d ms end at %d', (now, timeoutMs, at) => {
    expect(new DeadlineScan().add(now, timeoutMs)).toBe(at)
  })

  it('a deadline is never early, and late by less than the granularity', () => {
    const time = fc.double({ min: 0, max: 1e9, noNaN: true })
    fc.assert(
      fc.property(time, fc.integer({ min: 1, max: 1e8 }), fc.integer({ min: 1, max: 100 }), (now, timeoutMs, step) => {
        const at = new DeadlineScan(step).add(now, timeoutMs)
        expect(at).toBeGreaterThanOrEqual(now + timeoutMs)
        expect(at - now - timeoutMs).toBeLessThan(step)
      }),
    )
  })

  it('whoever walks when it is due, and only then, finds every call that has expired', () => {
    const added = fc.record({ after: fc.nat(30), timeoutMs: fc.integer({ min: 1, max: 200 }), settles: fc.boolean() })
    fc.assert(
      fc.property(fc.array(added, { maxLength: 60 }), (calls) => {
        const scan = new DeadlineScan()
        let pending: number[] = []
        let now = 0
        let walks = 0
        for (const { after, timeoutMs, settles } of calls) {
          now += after
          if (now >= scan.next) {
            walks++
            scan.begin()
            pending = pending.filter((at) => at > now)
            for (const at of pending) scan.keep(at)
          }
          expect(pending.every((at) => at > now)).toBe(true)
          const at = scan.add(now, timeoutMs)
          if (!settles) pending.push(at)
          expect(scan.next).toBeLessThanOrEqual(Math.min(...pending, Number.POSITIVE_INFINITY))
        }
        expect(walks).toBeLessThanOrEqual(now / 8 + 1)
      }),
    )
  })
})

import { describe, expect, it } from 'vitest'
import { WindowGrowth } from './window-growth.ts'

/** Transfers for ten seconds over a way that holds `bytesPerMs · delayMs`, with a window that grows; says to what. */
function transfer(firstBytes: number, mostBytes: number, bytesPerMs: number, delayMs: number): number {
  let now = 5
  let received = 0
  let window = firstBytes
  const growth = new WindowGrowth(now)
  while (now < 10_000) {
    // A window per round trip, but never more than the way carries.
    now += Math.max(delayMs, window / bytesPerMs)
    received += window
    if (growth.isWorthIt(received, window, now)) window = Math.min(window * 2, mostBytes)
  }
  return window
}

describe('a window that grows', () => {
  it('comes to what fits on the way, and at most to four times as much', () => {
    for (const delayMs of [1, 10, 60, 200]) {
      for (const bytesPerMs of [1_000, 20_000, 500_000]) {
        const product = delayMs * bytesPerMs
        const window = transfer(64_000, 1e12, bytesPerMs, delayMs)
        expect(window).toBeGreaterThanOrEqual(Math.min(product, 64_000))
        if (product > 64_000) expect(window).toBeGreaterThanOrEqual(product)
        expect(window).toBeLessThanOrEqual(Math.max(product * 4, 128_000))
      }
    }
  })

  it('grows by one step where the reader is what is slow', () => {
    expect(transfer(256_000, 1e12, 10_000, 0.05)).toBe(512_000)
  })

  it('grows without a clock, as far as it may', () => {
    const growth = new WindowGrowth(1)
    for (let step = 1; step < 5; step++) expect(growth.isWorthIt(step * 100, 100, 1)).toBe(true)
  })

  it('begins anew on another way', () => {
    const growth = new WindowGrowth(0)
    expect(growth.isWorthIt(1_000, 1_000, 1)).toBe(true)
    expect(growth.isWorthIt(3_000, 2_000, 1_000)).toBe(false)
    growth.restart()
    expect(growth.isWorthIt(5_000, 2_000, 2_000)).toBe(true)
  })

  it('does not take a burst for a better way', () => {
    const growth = new WindowGrowth(0)
    expect(growth.isWorthIt(1_000, 1_000, 100)).toBe(true)
    expect(growth.isWorthIt(3_000, 2_000, 101)).toBe(false)
    expect(growth.isWorthIt(3_500, 2_000, 350)).toBe(false)
  })

  it('is measured over a whole window', () => {
    const growth = new WindowGrowth(0)
    expect(growth.isWorthIt(100, 100, 100)).toBe(true)
    expect(growth.isWorthIt(299, 200, 160)).toBe(false)
    expect(growth.isWorthIt(300, 200, 200)).toBe(true)
  })
})

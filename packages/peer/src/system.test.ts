import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { systemClock } from './system.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

it.each([0x8000_0000, 1e12, Number.POSITIVE_INFINITY])('a time of %d ms is not taken for none', (delayMs) => {
  let rang = false
  const stop = systemClock.schedule(delayMs, () => {
    rang = true
  })
  vi.advanceTimersByTime(20 * 24 * 3_600_000)
  expect(rang).toBe(false)
  stop()
  expect(vi.getTimerCount()).toBe(0)
})

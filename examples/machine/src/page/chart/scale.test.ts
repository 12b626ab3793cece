import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ceilingFor, linear, roundUp, timeTicks, valueTicks } from './scale.ts'

describe('a round number', () => {
  it.each([
    [0, 'processes', 1],
    [0.003, 'processes', 0.005],
    [1, 'processes', 1],
    [1.01, 'processes', 2],
    [2.1, 'processes', 5],
    [501, 'processes', 1000],
    [1025, 'bytes', 2048],
    [501 * 1024, 'bytes/s', 1024 ** 2],
    [3.2 * 1024 ** 3, 'bytes', 5 * 1024 ** 3],
  ] as const)('at or above %d (%s) is %d', (value, unit, expected) => expect(roundUp(value, unit)).toBe(expected))

  it('is never below its value and never wastes more than 60 % of the height', () => {
    fc.assert(
      fc.property(fc.double({ min: 1e-6, max: 1e15, noNaN: true }), (value) => {
        for (const unit of ['bytes', 'processes'] as const) {
          const rounded = roundUp(value, unit)
          expect(rounded).toBeGreaterThanOrEqual(value)
          expect(rounded).toBeLessThanOrEqual(value * 2.5)
        }
      }),
    )
  })
})

describe('the vertical scale', () => {
  it('ends at the ceiling of the sensor if it has one', () => {
    expect(ceilingFor(3, 'percent', 100)).toBe(100)
  })

  it('leaves a little room above the highest value, and does not shrink to noise', () => {
    expect(ceilingFor(1.99, 'processes', undefined)).toBe(5)
    expect(ceilingFor(0, 'bytes/s', undefined)).toBe(20 * 1024)
  })

  it('has lines at round values that never leave it', () => {
    expect(valueTicks(100, 'percent')).toEqual([0, 50, 100])
    expect(valueTicks(5, 'processes')).toEqual([0, 2.5, 5])
    const memory = 23.54 * 1024 ** 3
    expect(valueTicks(memory, 'bytes').map((tick) => tick / 1024 ** 3)).toEqual([0, 10, 20])
  })
})

describe('the time scale', () => {
  const noon = Date.UTC(2026, 0, 1, 12)

  it('has marks on round seconds, as many as there is room for', () => {
    expect(timeTicks(noon + 1000, noon + 61_000, 420).map((tick) => (tick - noon) / 1000)).toEqual([15, 30, 45, 60])
    expect(timeTicks(noon + 1000, noon + 61_000, 100).map((tick) => (tick - noon) / 1000)).toEqual([60])
  })

  it('keeps its marks apart whatever the width', () => {
    fc.assert(
      fc.property(fc.integer({ min: 40, max: 3000 }), fc.integer({ min: 10, max: 3600 }), (width, seconds) => {
        const ticks = timeTicks(noon, noon + seconds * 1000, width)
        for (let i = 1; i < ticks.length; i++) {
          const apart = (((ticks[i] ?? 0) - (ticks[i - 1] ?? 0)) / (seconds * 1000)) * width
          expect(apart).toBeGreaterThanOrEqual(73)
        }
      }),
    )
  })
})

it('a linear scale maps its ends to its ends, and an empty range to its start', () => {
  const y = linear(0, 100, 200, 0)
  expect([y(0), y(50), y(100)]).toEqual([200, 100, 0])
  expect(linear(5, 5, 10, 20)(5)).toBe(10)
})

import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { TokenBucket } from './token-bucket.ts'

function setUp(perSecond: number, burst: number) {
  let now = 1_000
  const clock = { now: () => now, schedule: () => () => {} }
  const pass = (ms: number) => {
    now += ms
  }
  return { bucket: new TokenBucket(clock, perSecond, burst), pass, now: () => now }
}

// Steps of whole milliseconds and rates that divide a second, so that sums of times are exact.
const steps = fc.array(fc.tuple(fc.integer({ min: 0, max: 3_000 }), fc.integer({ min: 1, max: 20 })), { maxLength: 60 })

describe('a token bucket', () => {
  it('allows its burst at once, not one more, and then its rate', () => {
    const { bucket, pass } = setUp(10, 20)
    expect(Array.from({ length: 21 }, () => bucket.take(1)).filter(Boolean)).toHaveLength(20)
    expect(bucket.waitMs(1)).toBe(100)
    pass(99)
    expect(bucket.take(1)).toBe(false)
    pass(1)
    expect([bucket.take(1), bucket.take(1)]).toEqual([true, false])
  })

  it('gathers no more than its burst', () => {
    const { bucket, pass } = setUp(10, 20)
    pass(3_600_000)
    expect(bucket.tokens).toBe(20)
  })

  // The large one takes a part unseen, the small one does not.
  it.each([
    { perSecond: 8, burst: 16, most: 20 },
    { perSecond: 500, burst: 1_000, most: 300 },
  ])('over any stretch of time allows at most the burst and the rate: $burst', ({ perSecond, burst, most }) => {
    const calls = fc.array(fc.tuple(fc.integer({ min: 0, max: 3_000 }), fc.integer({ min: 1, max: most })), {
      maxLength: 60,
    })
    fc.assert(
      fc.property(calls, (taken) => {
        const { bucket, pass, now } = setUp(perSecond, burst)
        const allowed: { at: number; count: number }[] = []
        for (const [ms, count] of taken) {
          pass(ms)
          // In one go, or one after the other.
          const singles = count % 2 === 0 ? count : 1
          for (let each = 0; each < singles; each++) {
            const size = count / singles
            if (bucket.take(size)) allowed.push({ at: now(), count: size })
          }
        }
        for (let from = 0; from < allowed.length; from += Math.max(1, Math.floor(allowed.length / 50))) {
          let sum = 0
          const first = allowed[from]?.at ?? 0
          for (const { at, count } of allowed.slice(from)) {
            sum += count
            if (sum > burst + ((at - first) * perSecond) / 1_000 + 1e-3) throw new Error(`${sum} in ${at - first} ms`)
          }
        }
      }),
    )
  })

  it('allows its rate for ever, whether it is asked often or seldom', () => {
    for (const everyMs of [1, 10, 500]) {
      const { bucket, pass } = setUp(1_000, 2_000)
      bucket.spend(2_000)
      for (let passed = 0; passed < 20_000; passed += everyMs) {
        pass(everyMs)
        expect(bucket.take(everyMs)).toBe(true)
      }
    }
  })

  it('says exactly how long to wait: then it allows it, a millisecond before it does not', () => {
    fc.assert(
      fc.property(steps, fc.integer({ min: 1, max: 16 }), (spent, count) => {
        const { bucket, pass } = setUp(8, 16)
        for (const [ms, much] of spent) {
          pass(ms)
          bucket.spend(much)
        }
        const wait = bucket.waitMs(count)
        if (wait > 0) {
          pass(wait - 1)
          expect(bucket.take(count)).toBe(false)
          pass(1)
        }
        expect(bucket.take(count)).toBe(true)
      }),
    )
  })

  it('remembers what was spent too much', () => {
    const { bucket, pass } = setUp(10, 20)
    bucket.spend(50)
    expect([bucket.tokens, bucket.waitMs(1)]).toEqual([-30, 3_100])
    pass(3_100)
    expect(bucket.take(1)).toBe(true)
  })
})

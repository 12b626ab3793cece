import fc from 'fast-check'
import { expect, it } from 'vitest'
import { Lag } from './lag.ts'

it('is what a message took beyond the fastest, whatever the clocks say', () => {
  for (const offset of [0, 1e12, -1e12]) {
    const lag = new Lag()
    const took = (ms: number, sentAt: number) => lag.of(sentAt + offset, sentAt + ms)
    expect([took(5, 0), took(2, 100), took(5, 200), took(3_002, 300)]).toEqual([0, 0, 3, 3_000])
  }
})

it('is that of late: a clock that drifts makes nothing old', () => {
  const lag = new Lag()
  let worst = 0
  // The sender's clock goes 200 ms in 1,000 s too slowly, for a day.
  for (let now = 0; now < 86_400_000; now += 2_000) worst = Math.max(worst, lag.of(now * (1 - 0.000_2), now + 2))
  expect(worst).toBeLessThan(13)
})

it('is never below 0', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.double({ noNaN: true, min: -1e15, max: 1e15 }), fc.nat(100_000))), (messages) => {
      const lag = new Lag()
      let now = 0
      for (const [sentAt, afterMs] of messages) {
        now += afterMs
        expect(lag.of(sentAt, now)).toBeGreaterThanOrEqual(0)
      }
    }),
  )
})

import type { Channel } from '@wirepact/protocol'
import { describe, expect, it } from 'vitest'
import { publicLimits } from './limits.ts'
import { manualClock } from './testing/manual-clock.ts'
import { Throttle } from './throttle.ts'

/** A channel of whose messages so many are admitted: at once, or, with a brake, only while it is not paused. */
function setUp(rates: { messagesPerSecond?: number; bytesPerSecond?: number }, { brake = true, resent = 0 } = {}) {
  const clock = manualClock()
  const seen = { paused: false, closed: undefined as [number, string] | undefined }
  const channel: Channel = {
    send() {},
    bufferedBytes: 0,
    close: (code, reason) => {
      seen.closed = [code, reason]
    },
    terminate() {},
    ...(brake
      ? {
          pause: () => {
            seen.paused = true
          },
          resume: () => {
            seen.paused = false
          },
        }
      : {}),
  }
  const limits = { ...publicLimits, messagesPerSecond: 0, bytesPerSecond: 0, ...rates }
  const throttle = new Throttle({ clock, channel, limits, resent })
  const burst = (count: number, bytes = 1) =>
    Array.from({ length: count }, () => throttle.admit(bytes)).filter(Boolean).length
  return { clock, seen, throttle, burst }
}

describe('a channel', () => {
  it('may send its burst at once; one more, and it is not read until it is even', () => {
    const { burst, clock, seen } = setUp({ messagesPerSecond: 10 })
    expect(burst(20)).toBe(20)
    expect(seen.paused).toBe(false)
    expect(burst(1)).toBe(1)
    expect(seen.paused).toBe(true)
    clock.moveTo(clock.now() + 100)
    expect(seen).toEqual({ paused: false, closed: undefined })
  })

  it('is held to its bytes as to its messages', () => {
    const { burst, seen } = setUp({ bytesPerSecond: 1_000 })
    expect(burst(2, 1_000)).toBe(2)
    expect(seen.paused).toBe(false)
    burst(1, 1)
    expect(seen.paused).toBe(true)
  })

  it('that goes on above its rate for ten seconds is closed with 4429, and one that takes breath is not', () => {
    for (const breath of [false, true]) {
      const { burst, clock, seen } = setUp({ messagesPerSecond: 10 })
      burst(20)
      for (let second = 0; second < 30; second++) {
        burst(11)
        clock.moveTo(clock.now() + (breath && second % 5 === 4 ? 3_000 : 1_000))
      }
      expect(seen.closed).toEqual(breath ? undefined : [4429, 'more than 10 messages per second (messagesPerSecond)'])
    }
  })

  it('at exactly its rate goes on for ever', () => {
    const { burst, clock, seen } = setUp({ messagesPerSecond: 10 })
    for (let second = 0; second < 100; second++) {
      burst(10)
      clock.moveTo(clock.now() + 1_000)
    }
    expect(seen).toEqual({ paused: false, closed: undefined })
  })

  it('without a brake is closed when it owes a whole burst, and nothing after that is acted on', () => {
    const { burst, seen } = setUp({ messagesPerSecond: 10 }, { brake: false })
    expect(burst(40)).toBe(40)
    expect(seen.closed).toBeUndefined()
    expect(burst(100)).toBe(0)
    expect(seen.closed?.[0]).toBe(4429)
  })

  it('may send a resumed window beside its burst', () => {
    const { burst, seen } = setUp({ messagesPerSecond: 10 }, { resent: 4_096 })
    expect(burst(4_096 + 20)).toBe(4_116)
    expect(seen).toEqual({ paused: false, closed: undefined })
  })
})

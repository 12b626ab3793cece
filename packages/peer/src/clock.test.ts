import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Alarm, type Clock } from './clock.ts'

/** One timer at a time, as an alarm needs; it fires when a test moves the time, `earlyMs` before it should. */
class OneTimer implements Clock {
  time = 0
  earlyMs = 0
  set = 0
  #timer: { readonly at: number; readonly task: () => void } | undefined

  now(): number {
    return this.time
  }

  schedule(delayMs: number, task: () => void): () => void {
    if (this.#timer !== undefined) throw new Error('an alarm has one timer')
    if (!Number.isInteger(delayMs) || delayMs < 0 || delayMs > 0x7fff_ffff) throw new Error(`a delay of ${delayMs}`)
    this.set++
    const timer = { at: this.time + delayMs, task }
    this.#timer = timer
    return () => {
      if (this.#timer === timer) this.#timer = undefined
    }
  }

  get pending(): boolean {
    return this.#timer !== undefined
  }

  moveTo(time: number): void {
    while (this.#timer !== undefined && this.#timer.at - this.earlyMs <= time) {
      const { at, task } = this.#timer
      this.time = Math.max(this.time, at - this.earlyMs)
      this.earlyMs = 0
      this.#timer = undefined
      task()
    }
    this.time = Math.max(this.time, time)
  }
}

function setup() {
  const clock = new OneTimer()
  const rings: number[] = []
  return { clock, rings, alarm: new Alarm(clock, (now) => rings.push(now)) }
}

describe('an alarm', () => {
  it('rings at the earliest time that was asked for, once', () => {
    const { clock, rings, alarm } = setup()
    for (const at of [50, 20, 80, 20]) alarm.wakeAt(at)
    clock.moveTo(200)
    expect([rings, clock.pending]).toEqual([[20], false])
  })

  it('has one timer however often it is moved later', () => {
    const { clock, alarm } = setup()
    for (let at = 100; at < 1_100; at++) alarm.wakeAt(at)
    expect(clock.set).toBe(1)
  })

  it('sets itself again when the platform is early', () => {
    const { clock, rings, alarm } = setup()
    alarm.wakeAt(100.5)
    clock.earlyMs = 1
    clock.moveTo(300)
    expect(rings).toEqual([101])
  })

  it('waits longer than the platform can count', () => {
    const { clock, rings, alarm } = setup()
    const at = 5 * 0x7fff_ffff
    alarm.wakeAt(at)
    clock.moveTo(at - 1)
    expect(rings).toEqual([])
    clock.moveTo(at)
    expect(rings).toEqual([at])
  })

  it('never rings for Infinity, nor after clear', () => {
    const { clock, rings, alarm } = setup()
    alarm.wakeAt(Number.POSITIVE_INFINITY)
    expect(clock.pending).toBe(false)
    alarm.wakeAt(10)
    alarm.clear()
    clock.moveTo(100)
    expect([rings, clock.pending]).toEqual([[], false])
  })

  it('rings at once for a time that has passed, and may be set from its own ring', () => {
    const clock = new OneTimer()
    const rings: number[] = []
    const alarm: Alarm = new Alarm(clock, (now) => {
      rings.push(now)
      if (now < 30) alarm.wakeAt(now + 10)
    })
    clock.moveTo(5)
    alarm.wakeAt(1)
    clock.moveTo(100)
    expect(rings).toEqual([5, 15, 25, 35])
  })

  it('misses nothing, whatever is asked for and whenever', () => {
    const ask = fc.record({ after: fc.nat(50), in: fc.nat(200) })
    fc.assert(
      fc.property(fc.array(ask, { maxLength: 40 }), (asks) => {
        const clock = new OneTimer()
        const late: number[] = []
        let open: number[] = []
        // As whoever keeps deadlines uses it: deals with what is due, and waits for the next.
        const alarm: Alarm = new Alarm(clock, (now) => {
          for (const at of open) if (at <= now) late.push(now - at)
          open = open.filter((at) => at > now)
          alarm.wakeAt(Math.min(...open, Number.POSITIVE_INFINITY))
        })
        for (const { after, in: delay } of asks) {
          clock.moveTo(clock.time + after)
          open.push(clock.time + delay)
          alarm.wakeAt(clock.time + delay)
        }
        clock.moveTo(1e6)
        expect([open, late.length, clock.pending]).toEqual([[], asks.length, false])
        expect(late.every((by) => by >= 0 && by < 1)).toBe(true)
      }),
    )
  })
})

import type { Outgoing } from '@wirepact/protocol'
import { describe, expect, it } from 'vitest'
import { PacedChannel } from './paced-channel.ts'
import { manualClock } from './testing/manual-clock.ts'

const text = (size: number) => 'x'.repeat(size)

/** A channel whose peer takes what a test says. */
function setup({ holdBytes = 0 } = {}) {
  const clock = manualClock()
  const queue: number[] = []
  const closed: number[] = []
  const inner = {
    get bufferedBytes() {
      return queue.reduce((total, size) => total + size, 0)
    },
    send: (message: Outgoing) => void queue.push(typeof message === 'string' ? message.length : message.end),
    close: (code: number) => void closed.push(code),
    // Who has a channel that is gone leaves it.
    terminate: () => channel.leave(),
  }
  const stalls: string[] = []
  const incidents = { report: (_what: string, _where: string, error: unknown) => stalls.push((error as Error).message) }
  const limits = { highWaterBytes: 100, noProgressMs: 10_000 }
  const channel: PacedChannel = new PacedChannel(inner, { clock, incidents, limits }, holdBytes)
  return { clock, channel, queue, stalls, closed }
}

describe('a peer that takes nothing', () => {
  it('is given up after 10 s above the high water, and not a millisecond earlier', () => {
    const { clock, channel, stalls } = setup()
    channel.send(text(101))
    clock.moveTo(clock.now() + 9_999)
    expect(stalls).toEqual([])
    clock.moveTo(clock.now() + 1)
    expect(stalls).toEqual(['it took nothing for 10000 ms'])
    expect(clock.pending).toBe(0)
  })

  it('is left alone at the high water, and costs no timer there', () => {
    const { clock, channel, stalls } = setup()
    channel.send(text(100))
    expect(clock.pending).toBe(0)
    clock.moveTo(clock.now() + 60_000)
    expect(stalls).toEqual([])
  })

  it('is given up although more is sent to it all the time', () => {
    const { clock, channel, stalls } = setup()
    for (let second = 0; second < 20; second++) {
      channel.send(text(101))
      clock.moveTo(clock.now() + 500)
    }
    expect(stalls).toHaveLength(1)
  })

  it('is not given up for a time in which this process was stopped', () => {
    const { clock, channel, queue, stalls } = setup()
    channel.send(text(101))
    clock.sleep(3_600_000)
    expect(stalls).toEqual([])
    queue.length = 0
    clock.moveTo(clock.now() + 60_000)
    expect([stalls, clock.pending]).toEqual([[], 0])
  })
})

describe('a peer that takes something', () => {
  it('is not given up, however little, and has 10 s again from then', () => {
    const { clock, channel, queue, stalls } = setup()
    for (let index = 0; index < 40; index++) channel.send(text(20))
    for (let taken = 0; taken < 20; taken++) {
      clock.moveTo(clock.now() + 9_000)
      queue.shift()
    }
    expect(stalls).toEqual([])
    clock.moveTo(clock.now() + 9_999)
    expect(stalls).toEqual([])
    clock.moveTo(clock.now() + 1_001)
    expect(stalls).toHaveLength(1)
  })

  it('is seen to do so also where as much is added meanwhile', () => {
    const { clock, channel, queue, stalls } = setup()
    channel.send(text(200))
    for (let index = 0; index < 100; index++) {
      clock.moveTo(clock.now() + 1_000)
      queue.shift()
      channel.send(text(200))
    }
    expect(stalls).toEqual([])
  })

  it('and falls below the high water is not watched any more', () => {
    const { clock, channel, queue } = setup()
    channel.send(text(200))
    queue.length = 0
    clock.moveTo(clock.now() + 1_000)
    expect(clock.pending).toBe(0)
  })
})

describe('for a session without a window', () => {
  it('what would wait above the high water is held back, in order, and counts as waiting', () => {
    const { channel, queue } = setup({ holdBytes: 1_000 })
    for (const size of [60, 50, 40, 30]) channel.send(text(size))
    expect([queue, channel.bufferedBytes]).toEqual([[60, 50], 180])
    queue.shift()
    channel.drained()
    expect([queue, channel.bufferedBytes]).toEqual([[50, 40, 30], 120])
  })

  it('what is borrowed is copied while it is held', () => {
    const { channel, queue } = setup({ holdBytes: 1_000 })
    const bytes = new Uint8Array(40)
    channel.send(text(101))
    channel.send({ bytes, start: 8, end: 40 })
    queue.length = 0
    channel.drained()
    expect(queue).toEqual([32])
  })

  it('what is held leaves before the channel closes', () => {
    const { channel, queue, closed } = setup({ holdBytes: 1_000 })
    for (const size of [101, 50, 40]) channel.send(text(size))
    channel.close(4440, '')
    expect([queue, closed]).toEqual([[101, 50, 40], [4440]])
    channel.send(text(1))
    expect(queue).toHaveLength(3)
  })

  it('too much is too much', () => {
    const { channel, stalls } = setup({ holdBytes: 100 })
    for (const size of [101, 50, 50]) channel.send(text(size))
    expect(stalls).toEqual([])
    channel.send(text(1))
    expect(stalls).toEqual(['more than 100 bytes wait for it'])
  })
})

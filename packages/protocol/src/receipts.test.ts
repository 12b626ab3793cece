import { describe, expect, it } from 'vitest'
import { Receipts } from './receipts.ts'

/** Takes messages of one size until an ack is due; returns how many that were. */
function untilDue(receipts: Receipts, size: number): number {
  for (let count = 1; ; count++) {
    receipts.see(size)
    if (receipts.count()) return count
  }
}

describe('an ack is due', () => {
  it.each([
    ['a quarter of a small window in messages', { messages: 40, bytes: 1e6 }, 10, 10],
    ['a quarter of a small window in bytes', { messages: 1_000, bytes: 4_000 }, 500, 2],
    ['1,024 messages, however large the window', { messages: 65_536, bytes: 1e9 }, 1, 1_024],
    ['1 MiB, however large the window', { messages: 65_536, bytes: 1e9 }, 262_144, 4],
    ['every message when the window holds one', { messages: 1, bytes: 1e6 }, 1, 1],
  ])('after %s', (_, window, size, count) => {
    const receipts = new Receipts(window)
    expect(untilDue(receipts, size)).toBe(count)
    receipts.tell()
    expect([untilDue(receipts, size), receipts.received]).toEqual([count, 2 * count])
  })

  it('earlier when uncounted messages came between, whose bytes count as well', () => {
    const receipts = new Receipts({ messages: 1_000, bytes: 4_000 })
    receipts.see(999)
    receipts.see(1)
    expect(receipts.count()).toBe(true)
  })

  it('for nothing when nothing came since the last', () => {
    const receipts = new Receipts({ messages: 4, bytes: 4_000 })
    expect(receipts.told).toBe(true)
    receipts.count()
    expect(receipts.told).toBe(false)
    receipts.tell()
    expect(receipts.told).toBe(true)
  })
})

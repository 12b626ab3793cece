import { describe, expect, it } from 'vitest'
import { EventLogError } from './log-error.ts'
import { MemoryKeyValue } from './memory-kv.ts'
import { bytesOf } from './testing/harness.ts'

const LONG = { ttlMs: 1_000 }

function setup(maxBytes = 1024 * 1024): { kv: MemoryKeyValue; clock: { now: number } } {
  const clock = { now: 0 }
  return { clock, kv: new MemoryKeyValue(maxBytes, () => clock.now) }
}

describe('the key store in memory', () => {
  it('keeps a value for ttlMs and not a millisecond longer', () => {
    const { kv, clock } = setup()
    kv.put('k', bytesOf(1), { ttlMs: 10 })
    clock.now = 9
    expect(kv.get('k')).toEqual(bytesOf(1))
    clock.now = 10
    expect(kv.get('k')).toBeUndefined()
  })

  it('a put starts the time anew', () => {
    const { kv, clock } = setup()
    kv.put('k', bytesOf(1), { ttlMs: 10 })
    clock.now = 5
    kv.put('k', bytesOf(2), { ttlMs: 10 })
    clock.now = 14
    expect(kv.get('k')).toEqual(bytesOf(2))
  })

  it('a put of a present key does not start the time anew when it was only put if absent', () => {
    const { kv, clock } = setup()
    kv.put('k', bytesOf(1), { ttlMs: 10 })
    clock.now = 5
    expect(kv.putIfAbsent('k', bytesOf(2), { ttlMs: 10 })).toEqual(bytesOf(1))
    clock.now = 10
    expect(kv.get('k')).toBeUndefined()
  })

  it('full: refuses the next key and keeps every live one', () => {
    const { kv } = setup(3_000)
    const refused = () => {
      for (let n = 0; ; n++) kv.put(`k${n}`, new Uint8Array(100), LONG)
    }
    expect(refused).toThrow(EventLogError)
    expect(refused).toThrow('full')
    expect(kv.bytes).toBeLessThanOrEqual(3_000)
    for (let n = 0; n < 5; n++) expect(kv.get(`k${n}`)?.byteLength).toBe(100)
  })

  it('full: a refused replacement leaves the old value', () => {
    const { kv } = setup(3_000)
    kv.put('k', bytesOf(1), LONG)
    expect(() => kv.put('k', new Uint8Array(4_000), LONG)).toThrow('full')
    expect(kv.get('k')).toEqual(bytesOf(1))
  })

  it('has room again when keys expire or are deleted, in whatever order they do', () => {
    const { kv, clock } = setup()
    const lives = [70, 10, 50, 30, 90, 20, 60, 40, 80]
    for (const ttlMs of lives) kv.put(`k${ttlMs}`, bytesOf(ttlMs), { ttlMs })
    kv.delete('k50')
    kv.delete('k90')
    const one = kv.bytes / 7
    for (const [now, left] of [
      [10, 6],
      [35, 4],
      [50, 3],
      [79, 1],
      [80, 0],
    ] as const) {
      clock.now = now
      kv.get('nothing')
      expect(kv.bytes).toBe(left * one)
    }
  })
})

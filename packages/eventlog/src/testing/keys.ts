import { bytesOf, type EventLogSuiteOptions, numberOf, withLog } from './harness.ts'
import { attempt } from './reading.ts'
import type { SuiteTools } from './tools.ts'

const LONG = { ttlMs: 60_000 }

function numberIn(data: Uint8Array | undefined): number | undefined {
  return data === undefined ? undefined : numberOf(data)
}

export function keys({ describe, it, expect }: SuiteTools, options: EventLogSuiteOptions): void {
  describe('keys', () => {
    it('a key that was never put has no value', () =>
      withLog(options, async ({ log }) => {
        expect(await log.kv.get('k')).toBeUndefined()
        await log.kv.delete('k')
      }))

    it('put stores and replaces, delete frees', () =>
      withLog(options, async ({ log }) => {
        await log.kv.put('k', bytesOf(1), LONG)
        expect(numberIn(await log.kv.get('k'))).toBe(1)
        await log.kv.put('k', bytesOf(2), LONG)
        expect(numberIn(await log.kv.get('k'))).toBe(2)
        await log.kv.delete('k')
        expect(await log.kv.get('k')).toBeUndefined()
      }))

    it('of many that put an absent key at once one wins, and the others are told its value', () =>
      withLog(options, async ({ log }) => {
        const answers = await Promise.all([1, 2, 3].map(async (n) => log.kv.putIfAbsent('k', bytesOf(n), LONG)))
        const winners = answers.filter((answer) => answer === undefined)
        const stored = numberIn(await log.kv.get('k'))
        expect(winners.length).toBe(1)
        expect(answers.filter((answer) => answer !== undefined).map(numberIn)).toEqual([stored, stored])
      }))

    it('any name is a key, and an empty value is a value', () =>
      withLog(options, async ({ log }) => {
        for (const key of ['', '__proto__', 'a b*>.', '\u{1f511}']) {
          await log.kv.put(key, new Uint8Array(0), LONG)
          expect((await log.kv.get(key))?.byteLength).toBe(0)
        }
      }))

    it('keys and topics of one name are strangers', () =>
      withLog(options, async ({ log }) => {
        const start = await log.head('same')
        await log.kv.put('same', bytesOf(1), LONG)
        expect(await log.head('same')).toEqual(start)
        await log.append('same', bytesOf(2))
        expect(numberIn(await log.kv.get('same'))).toBe(1)
      }))

    it('a value goes when its time is over, and its key is free again', () =>
      withLog(options, async ({ log, advance }) => {
        await log.kv.put('short', bytesOf(1), { ttlMs: 50 })
        await log.kv.put('long', bytesOf(2), LONG)
        await advance(60)
        expect(await log.kv.get('short')).toBeUndefined()
        expect(numberIn(await log.kv.get('long'))).toBe(2)
        expect(await log.kv.putIfAbsent('short', bytesOf(3), LONG)).toBeUndefined()
      }))

    it('refuses a time to live that is not more than 0', () =>
      withLog(options, async ({ log }) => {
        for (const ttlMs of [0, -1, Number.NaN]) {
          const refused = await attempt(async () => log.kv.put('k', bytesOf(1), { ttlMs }))
          expect(refused instanceof RangeError).toBe(true)
        }
        expect(await log.kv.get('k')).toBeUndefined()
      }))
  })
}

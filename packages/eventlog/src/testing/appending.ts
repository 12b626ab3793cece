import { appendRange, bytesOf, type EventLogSuiteOptions, numbersOf, WIDE, withLog } from './harness.ts'
import type { SuiteTools } from './tools.ts'

export function appending({ describe, it, expect }: SuiteTools, options: EventLogSuiteOptions): void {
  describe('appending', () => {
    it('counts the records of each topic by one, on its own', () =>
      withLog(options, async ({ log }) => {
        const start = await log.head('a')
        const other = await log.head('b')
        const first = await log.append('a', bytesOf(1))
        const elsewhere = await log.append('b', bytesOf(2))
        const second = await log.append('a', bytesOf(3))
        expect(first).toEqual({ epoch: start.epoch, offset: start.offset + 1 })
        expect(second).toEqual({ epoch: start.epoch, offset: start.offset + 2 })
        expect(elsewhere).toEqual({ epoch: other.epoch, offset: other.offset + 1 })
      }))

    it('appends made at once get different offsets and all stay', () =>
      withLog(options, async ({ log }) => {
        const start = await log.head('a')
        const numbers = Array.from({ length: 20 }, (_, n) => n)
        const positions = await Promise.all(numbers.map((n) => log.append('a', bytesOf(n))))
        expect(new Set(positions.map((position) => position.offset)).size).toBe(20)
        const { records } = await log.read('a', start, WIDE)
        expect(numbersOf(records)).toEqual(numbers)
      }))

    it('the head follows the last append, and heads answers in the order that it was asked', () =>
      withLog(options, async ({ log }) => {
        const a = await appendRange(log, 'a', 1, 3)
        const b = await appendRange(log, 'b', 1, 2)
        expect(await log.head('a')).toEqual(a)
        expect(await log.heads(['b', 'a'])).toEqual([b, a])
        expect(await log.heads([])).toEqual([])
      }))

    it('takes empty records and any name for a topic', () =>
      withLog(options, async ({ log }) => {
        for (const topic of ['', '*', 'a.b>c', 'a:b c\n', '\u{1f4c8}', '__proto__', 'x'.repeat(300)]) {
          const start = await log.head(topic)
          await log.append(topic, new Uint8Array(0))
          const { records, gap } = await log.read(topic, start, WIDE)
          expect(records.length).toBe(1)
          expect(records[0]!.data.byteLength).toBe(0)
          expect(gap).toBeUndefined()
        }
      }))

    it('an append with a dedupe key that was used adds nothing and answers the first position', () =>
      withLog(options, async ({ log }) => {
        const start = await log.head('a')
        const first = await log.append('a', bytesOf(1), { dedupeKey: 'k' })
        await log.append('a', bytesOf(2))
        expect(await log.append('a', bytesOf(1), { dedupeKey: 'k' })).toEqual(first)
        const { records } = await log.read('a', start, WIDE)
        expect(numbersOf(records)).toEqual([1, 2])
      }))

    it('dedupe keys of one topic say nothing about another', () =>
      withLog(options, async ({ log }) => {
        for (const [topic, key] of [
          ['a', 'k'],
          ['b', 'k'],
          ['a', 'bc'],
          ['ab', 'c'],
        ] as const) {
          const start = await log.head(topic)
          await log.append(topic, bytesOf(1), { dedupeKey: key })
          expect((await log.head(topic)).offset).toBe(start.offset + 1)
        }
      }))
  })
}

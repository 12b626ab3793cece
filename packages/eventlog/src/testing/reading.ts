import { appendRange, bytesOf, type EventLogSuiteOptions, numbersOf, WIDE, withLog } from './harness.ts'
import type { SuiteTools } from './tools.ts'

export function reading({ describe, it, expect }: SuiteTools, options: EventLogSuiteOptions): void {
  describe('reading', () => {
    it('a topic that was never written has a position, and what is appended later follows it', () =>
      withLog(options, async ({ log }) => {
        const start = await log.head('new')
        expect(await log.read('new', start, WIDE)).toEqual({ records: [], position: start, head: start })
        await appendRange(log, 'new', 1, 2)
        const { records, gap } = await log.read('new', start, WIDE)
        expect(numbersOf(records)).toEqual([1, 2])
        expect(gap).toBeUndefined()
      }))

    it('gives what follows the position, in order, with its offsets, and where the reader then stands', () =>
      withLog(options, async ({ log }) => {
        const third = await appendRange(log, 'a', 1, 3)
        const head = await appendRange(log, 'a', 4, 6)
        const result = await log.read('a', third, WIDE)
        expect(numbersOf(result.records)).toEqual([4, 5, 6])
        expect(result.records.map((record) => record.offset)).toEqual([1, 2, 3].map((n) => third.offset + n))
        expect(result.position).toEqual(head)
        expect(result.head).toEqual(head)
        expect(result.gap).toBeUndefined()
      }))

    it('at the head there is nothing to read', () =>
      withLog(options, async ({ log }) => {
        const head = await appendRange(log, 'a', 1, 3)
        expect(await log.read('a', head, WIDE)).toEqual({ records: [], position: head, head })
      }))

    it('stops at maxRecords and goes on from there', () =>
      withLog(options, async ({ log }) => {
        let position = await log.head('a')
        const head = await appendRange(log, 'a', 1, 7)
        const seen: number[][] = []
        while (position.offset < head.offset) {
          const result = await log.read('a', position, { ...WIDE, maxRecords: 3 })
          expect(result.head).toEqual(head)
          seen.push(numbersOf(result.records))
          position = result.position
        }
        expect(seen).toEqual([[1, 2, 3], [4, 5, 6], [7]])
      }))

    it('stops at maxBytes, and gives a record larger than that alone', () =>
      withLog(options, async ({ log }) => {
        let position = await log.head('a')
        for (const size of [4, 4, 4, 30, 4]) await log.append('a', new Uint8Array(size))
        const sizes: number[][] = []
        for (let reads = 0; reads < 4; reads++) {
          const result = await log.read('a', position, { ...WIDE, maxBytes: 9 })
          sizes.push(result.records.map((record) => record.data.byteLength))
          position = result.position
        }
        expect(sizes).toEqual([[4, 4], [4], [30], [4]])
      }))

    it('gives back the bytes that were appended', () =>
      withLog(options, async ({ log }) => {
        const start = await log.head('a')
        const every = Uint8Array.from({ length: 256 }, (_, n) => n)
        await log.append('a', every)
        // A view into a larger buffer is that view, not the buffer.
        await log.append('a', every.subarray(10, 13))
        const { records } = await log.read('a', start, WIDE)
        expect(records.map((record) => [...record.data])).toEqual([[...every], [10, 11, 12]])
      }))

    it('refuses a limit below 1', () =>
      withLog(options, async ({ log }) => {
        const start = await log.head('a')
        for (const limits of [
          { maxRecords: 0, maxBytes: 1 },
          { maxRecords: 1, maxBytes: 0 },
          { maxRecords: Number.NaN, maxBytes: 1 },
        ]) {
          const refused = await attempt(async () => log.read('a', start, limits))
          expect(refused instanceof RangeError).toBe(true)
        }
        await log.append('a', bytesOf(1))
      }))
  })
}

/** What the call failed with, thrown or rejected; `undefined` when it did not. */
export async function attempt(call: () => Promise<unknown>): Promise<unknown> {
  try {
    await call()
    return undefined
  } catch (error) {
    return error
  }
}

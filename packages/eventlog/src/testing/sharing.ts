import { appendRange, bytesOf, type EventLogSuiteOptions, numbersOf, until, WIDE, withLog } from './harness.ts'
import type { SuiteTools } from './tools.ts'

/** What `caps` claim is held to: a log that says it is shared must come with a second node, and behave as one log. */
export function sharing({ describe, it, expect }: SuiteTools, options: EventLogSuiteOptions): void {
  describe('sharing', () => {
    it('says whether it is durable and whether it is shared', () =>
      withLog(options, async ({ log }) => {
        expect(typeof log.caps.durable).toBe('boolean')
        expect(log.caps.shared).toBe(options.shared === true)
      }))

    if (!options.shared) return

    it('what one node appends, another reads and is told of, at the same positions', () =>
      withLog(options, async (harness) => {
        const other = await harness.secondNode!()
        const start = await other.head('a')
        const live: number[] = []
        await other.watch('a', { record: ({ data }) => live.push(data[0]!), gap: () => live.push(-1) })
        const head = await appendRange(harness.log, 'a', 1, 5)
        await until(harness, () => live.length >= 5)
        expect(live).toEqual([1, 2, 3, 4, 5])
        expect(await other.head('a')).toEqual(head)
        expect(numbersOf((await other.read('a', start, WIDE)).records)).toEqual([1, 2, 3, 4, 5])
        await other.close()
      }))

    it('a key that one node took is taken for all', () =>
      withLog(options, async ({ log, secondNode }) => {
        const other = await secondNode!()
        expect(await log.kv.putIfAbsent('k', bytesOf(1), { ttlMs: 60_000 })).toBeUndefined()
        expect([...(await other.kv.putIfAbsent('k', bytesOf(2), { ttlMs: 60_000 }))!]).toEqual([...bytesOf(1)])
        await other.close()
      }))
  })
}

import {
  appendRange,
  bytesOf,
  type EventLogSuiteOptions,
  numberOf,
  numbersOf,
  RECORDS_PER_TOPIC,
  WIDE,
  withLog,
} from './harness.ts'
import type { SuiteTools } from './tools.ts'

export function gaps({ describe, it, expect }: SuiteTools, options: EventLogSuiteOptions): void {
  describe('gaps', () => {
    it('retains the records that it promised to', () =>
      withLog(options, async ({ log }) => {
        const start = await log.head('a')
        await appendRange(log, 'a', 1, RECORDS_PER_TOPIC)
        const { records, gap } = await log.read('a', start, WIDE)
        expect(records.length).toBe(RECORDS_PER_TOPIC)
        expect(gap).toBeUndefined()
      }))

    it('a position before what is retained: a trimmed gap, then everything that is retained', () =>
      withLog(options, async ({ log }) => {
        const start = await log.head('a')
        const last = RECORDS_PER_TOPIC * 10
        const head = await appendRange(log, 'a', 1, last)
        const { records, gap, position } = await log.read('a', start, WIDE)
        expect(gap?.reason).toBe('trimmed')
        expect(gap?.from).toBe(start.offset)
        expect(records[0]!.offset).toBe((gap?.to ?? 0) + 1)
        expect(records[0]!.offset - start.offset).toBe(numberOf(records[0]!.data))
        expect(records.length >= RECORDS_PER_TOPIC).toBe(true)
        expect(numberOf(records[records.length - 1]!.data)).toBe(last)
        expect(position).toEqual(head)
      }))

    it('the last trimmed record still leads to no gap: what follows it is all there', () =>
      withLog(options, async ({ log }) => {
        const start = await log.head('a')
        await appendRange(log, 'a', 1, RECORDS_PER_TOPIC * 10)
        const trimmed = await log.read('a', start, WIDE)
        const edge = { epoch: start.epoch, offset: trimmed.gap!.to }
        const again = await log.read('a', edge, WIDE)
        expect(again.gap).toBeUndefined()
        expect(numbersOf(again.records)).toEqual(numbersOf(trimmed.records))
        const before = await log.read('a', { epoch: start.epoch, offset: edge.offset - 1 }, WIDE)
        expect(before.gap).toEqual({ reason: 'trimmed', from: edge.offset - 1, to: edge.offset })
      }))

    it('a position beyond the head: an ahead gap to the head, and nothing replayed', () =>
      withLog(options, async ({ log }) => {
        const head = await appendRange(log, 'a', 1, 3)
        const after = { epoch: head.epoch, offset: head.offset + 1 }
        const gap = { reason: 'ahead', from: after.offset, to: head.offset }
        expect(await log.read('a', after, WIDE)).toEqual({ records: [], position: head, head, gap })
        const nowhere = await log.head('never')
        const beyond = await log.read('never', { epoch: nowhere.epoch, offset: nowhere.offset + 9 }, WIDE)
        expect(beyond.gap?.reason).toBe('ahead')
        expect(beyond.position).toEqual(nowhere)
      }))

    it('a position of another epoch: an epoch gap to the head, whatever its offset', () =>
      withLog(options, async ({ log }) => {
        const head = await appendRange(log, 'a', 1, 3)
        for (const offset of [0, 2, head.offset, head.offset + 100]) {
          const gap = { reason: 'epoch', from: offset, to: head.offset }
          const result = await log.read('a', { epoch: 'another', offset }, WIDE)
          expect(result).toEqual({ records: [], position: head, head, gap })
        }
        await log.append('a', bytesOf(4))
        expect(numbersOf((await log.read('a', head, WIDE)).records)).toEqual([4])
      }))

    if (!options.wipeable) return
    it('data that was lost is never recovered falsely', () =>
      withLog(options, async ({ log, wipe }) => {
        const before = await appendRange(log, 'a', 1, 5)
        await wipe!()
        await appendRange(log, 'a', 6, 12)
        const result = await log.read('a', before, WIDE)
        expect(result.gap?.reason).toBe('epoch')
        expect(result.position).toEqual(await log.head('a'))
      }))
  })
}

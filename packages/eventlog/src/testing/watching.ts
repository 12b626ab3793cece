import type { EventLog, LogWatch } from '../event-log.ts'
import type { LogGap, LogRecord } from '../position.ts'
import { appendRange, bytesOf, type EventLogSuiteOptions, numbersOf, until, WIDE, withLog } from './harness.ts'
import type { SuiteTools } from './tools.ts'

interface Recording {
  readonly watch: LogWatch
  readonly records: LogRecord[]
  readonly gaps: LogGap[]
}

async function record(log: EventLog, topic: string, onRecord?: (record: LogRecord) => void): Promise<Recording> {
  const records: LogRecord[] = []
  const gaps: LogGap[] = []
  const watch = await log.watch(topic, {
    record(next) {
      records.push(next)
      onRecord?.(next)
    },
    gap(gap) {
      gaps.push(gap)
    },
  })
  return { watch, records, gaps }
}

export function watching(tools: SuiteTools, options: EventLogSuiteOptions): void {
  const { describe, it, expect } = tools
  describe('watching', () => {
    it('delivers each record once, in order, with the offsets after the position of the watch', () =>
      withLog(options, async (harness) => {
        const head = await appendRange(harness.log, 'a', 1, 2)
        const seen = await record(harness.log, 'a')
        expect(seen.watch.position).toEqual(head)
        await appendRange(harness.log, 'a', 3, 12)
        await until(harness, () => seen.records.length >= 10)
        await harness.pause()
        expect(numbersOf(seen.records)).toEqual([3, 4, 5, 6, 7, 8, 9, 10, 11, 12])
        expect(seen.records.map(({ offset }) => offset - head.offset)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
        expect(seen.gaps).toEqual([])
      }))

    it('what was appended before the watch is read, what after is delivered: nothing falls between', () =>
      withLog(options, async (harness) => {
        const start = await harness.log.head('a')
        const writing = (async () => {
          for (let n = 1; n <= 20; n++) await harness.log.append('a', bytesOf(n))
        })()
        const seen = await record(harness.log, 'a')
        await writing
        const before = await harness.log.read('a', start, {
          ...WIDE,
          maxRecords: Math.max(1, seen.watch.position.offset - start.offset),
        })
        const read = before.records.filter(({ offset }) => offset <= seen.watch.position.offset)
        await until(harness, () => read.length + seen.records.length >= 20)
        const numbers = [...numbersOf(read), ...numbersOf(seen.records)]
        expect(numbers).toEqual(Array.from({ length: 20 }, (_, n) => n + 1))
      }))

    it('a topic that was never written can be watched', () =>
      withLog(options, async (harness) => {
        const seen = await record(harness.log, 'new')
        expect(seen.watch.position).toEqual(await harness.log.head('new'))
        await harness.log.append('new', bytesOf(7))
        await until(harness, () => seen.records.length > 0)
        expect(numbersOf(seen.records)).toEqual([7])
      }))

    it('watchers of other topics hear nothing of it', () =>
      withLog(options, async (harness) => {
        const a = await record(harness.log, 'a')
        const b = await record(harness.log, 'b')
        await appendRange(harness.log, 'a', 1, 3)
        await until(harness, () => a.records.length >= 3)
        expect(numbersOf(a.records)).toEqual([1, 2, 3])
        expect(b.records).toEqual([])
      }))

    it('a closed watch delivers nothing more, and the others go on', () =>
      withLog(options, async (harness) => {
        const first = await record(harness.log, 'a')
        const second = await record(harness.log, 'a')
        await harness.log.append('a', bytesOf(1))
        await until(harness, () => first.records.length > 0 && second.records.length > 0)
        first.watch.close()
        first.watch.close()
        await harness.log.append('a', bytesOf(2))
        await until(harness, () => second.records.length > 1)
        expect(numbersOf(first.records)).toEqual([1])
        expect(numbersOf(second.records)).toEqual([1, 2])
      }))
  })
  reentrance(tools, options)
}

/** Listeners that act on the log while they are being told: the library's own do (a filter that publishes, a last leave). */
function reentrance({ describe, it, expect }: SuiteTools, options: EventLogSuiteOptions): void {
  describe('listeners that use the log', () => {
    it('a listener that appends to its own topic: every watcher sees one order', () =>
      withLog(options, async (harness) => {
        const first = await record(harness.log, 'a', ({ data }) => {
          if (data[0] === 1) void harness.log.append('a', bytesOf(2))
        })
        const second = await record(harness.log, 'a')
        await harness.log.append('a', bytesOf(1))
        await until(harness, () => first.records.length > 1 && second.records.length > 1)
        expect(numbersOf(first.records)).toEqual([1, 2])
        expect(numbersOf(second.records)).toEqual([1, 2])
      }))

    it('a listener that closes its own watch, or its neighbour', () =>
      withLog(options, async (harness) => {
        const closing: { next?: LogWatch } = {}
        const first = await record(harness.log, 'a', () => {
          first.watch.close()
          closing.next?.close()
        })
        const second = await record(harness.log, 'a')
        closing.next = second.watch
        await appendRange(harness.log, 'a', 1, 2)
        await harness.pause()
        expect(numbersOf(first.records)).toEqual([1])
        expect(numbersOf(second.records)).toEqual([])
      }))

    it('a watch begun in a listener starts after its own position', () =>
      withLog(options, async (harness) => {
        const begun: Promise<Recording>[] = []
        const first = await record(harness.log, 'a', ({ data }) => {
          if (data[0] === 1) begun.push(record(harness.log, 'a'))
        })
        await harness.log.append('a', bytesOf(1))
        await until(harness, () => first.records.length > 0)
        const inner = await begun[0]!
        await harness.log.append('a', bytesOf(2))
        await until(harness, () => inner.records.length > 0)
        expect(numbersOf(inner.records)).toEqual([2])
        expect(inner.records[0]!.offset).toBe(inner.watch.position.offset + 1)
      }))
  })
}

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { MemoryLog } from './memory-log.ts'
import type { LogRecord } from './position.ts'

const marks = [{}, {}]
const append = fc.record({
  topic: fc.constantFrom('a', 'b'),
  /** Undefined: a record without a mark. */
  mark: fc.constantFrom(undefined, ...marks),
  size: fc.oneof({ weight: 5, arbitrary: fc.nat(90) }, fc.nat(3_000)),
  again: fc.integer({ min: 1, max: 40 }),
})

describe('a log in memory, whatever is copied into it', () => {
  it('gives back, and tells its watchers, just what was appended, up to what it retains', () => {
    fc.assert(
      fc.property(fc.array(append, { maxLength: 30 }), fc.integer({ min: 1, max: 60 }), (steps, recordsPerTopic) => {
        const log = new MemoryLog({ now: () => 0, epoch: 'e', recordsPerTopic })
        const model: Record<string, LogRecord[]> = { a: [], b: [] }
        const seen: Record<string, LogRecord[]> = { a: [], b: [] }
        // One watcher is told of borrowed bytes, several of records.
        log.watch('a', { ...listener(seen.a), marked: borrowing(seen.a) })
        log.watch('b', listener(seen.b))
        log.watch('b', { ...listener([]), marked: borrowing([]) })
        const borrowed = new Uint8Array(4_000)
        let fill = 0
        for (const { topic, mark, size, again } of steps) {
          for (let time = 0; time < again; time++) {
            borrowed.fill(++fill)
            const offset = (model[topic]?.length ?? 0) + 1
            const data = borrowed.slice(7, 7 + size)
            model[topic]?.push(mark === undefined ? { offset, data } : { offset, data, mark })
            if (mark === undefined) log.append(topic, data)
            else log.appendMarked(topic, borrowed, 7, 7 + size, mark)
          }
        }
        for (const topic of ['a', 'b']) {
          const all = model[topic] ?? []
          expect(seen[topic]).toEqual(all)
          const from = Math.max(0, all.length - recordsPerTopic)
          const read = log.read(topic, { epoch: 'e', offset: from }, { maxRecords: 1e6, maxBytes: 1e9 })
          expect(read).toMatchObject({ position: { offset: all.length } })
          expect(read.records).toEqual(all.slice(from))
          // Marks are the very objects.
          for (const [nth, { mark }] of read.records.entries()) expect(mark).toBe(all[from + nth]?.mark)
        }
      }),
      { numRuns: 25 },
    )
  })
})

function listener(seen: LogRecord[] = []) {
  return { record: (record: LogRecord) => void seen.push(record), gap: () => {} }
}

function borrowing(seen: LogRecord[] = []) {
  return (offset: number, mark: object, bytes: Uint8Array, start: number, end: number) =>
    void seen.push({ offset, data: bytes.slice(start, end), mark })
}

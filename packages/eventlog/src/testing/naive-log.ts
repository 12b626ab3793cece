import type { ReadLimits, ReadResult } from '../event-log.ts'
import type { Position } from '../position.ts'
import { numberOf } from './harness.ts'

/**
 * The oracle: every record ever appended, in one array per topic, nothing forgotten. It cannot say what a log retains,
 * that is the log's own affair, so it judges an answer instead: is it a truthful account of what follows the position?
 */
export class NaiveLog {
  readonly #topics = new Map<string, { start: number; numbers: number[] }>()

  /** `start` is the offset that the topic stood at before its first record. */
  append(topic: string, n: number, offset: number): string | undefined {
    const known = this.#topics.get(topic)
    if (known === undefined) {
      this.#topics.set(topic, { start: offset - 1, numbers: [n] })
      return undefined
    }
    known.numbers.push(n)
    const expected = known.start + known.numbers.length
    return offset === expected ? undefined : `append got offset ${offset}, expected ${expected}`
  }

  /** The last records of a topic. */
  last(topic: string, count: number): number[] {
    const numbers = this.#topics.get(topic)?.numbers ?? []
    return numbers.slice(numbers.length - count)
  }

  /** What is wrong with an answer; `undefined` when nothing is. */
  judge(topic: string, after: Position, limits: ReadLimits, result: ReadResult): string | undefined {
    const { start, numbers } = this.#topics.get(topic) ?? { start: result.head.offset, numbers: [] }
    const head = start + numbers.length
    if (result.head.offset !== head) return `head is ${result.head.offset}, expected ${head}`
    const from = result.gap?.to ?? after.offset
    if (result.gap !== undefined && !(result.gap.from === after.offset && from > after.offset && from <= head)) {
      return `gap ${JSON.stringify(result.gap)} after ${after.offset} with head ${head}`
    }
    if (result.gap !== undefined && result.gap.reason !== 'trimmed') return `a ${result.gap.reason} gap`
    const count = result.records.length
    if (count > limits.maxRecords) return `${count} records, asked for ${limits.maxRecords}`
    if (count === 0 && from < head) return `nothing given after ${from} with head ${head}`
    if (result.position.offset !== from + count) return `stands at ${result.position.offset}, expected ${from + count}`
    for (let i = 0; i < count; i++) {
      const { offset, data } = result.records[i]!
      if (offset !== from + 1 + i) return `offset ${offset}, expected ${from + 1 + i}`
      const expected = numbers[offset - start - 1]
      if (numberOf(data) !== expected) return `record ${offset} is ${numberOf(data)}, expected ${expected}`
    }
    return undefined
  }
}

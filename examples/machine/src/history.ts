import type { Reading } from './contract.ts'

/**
 * The newest readings of one sensor, numbered 1, 2, 3 … without a hole. Because of that, a number is an index:
 * nothing is searched for.
 */
export type History = {
  /** The number of the newest reading; 0 before the first. */
  readonly newest: number
  append(measured: Omit<Reading, 'seq'>): Reading
  latest(): Reading | undefined
  /** Up to `limit` readings before number `before`, oldest first, and whether older ones are kept too. */
  page(before: number, limit: number): { readings: Reading[]; more: boolean }
}

/** @param keep how many readings are kept at least. @default 6000, which is 100 minutes at 1 s and 5 at 50 ms */
export function createHistory(keep = 6000): History {
  const readings: Reading[] = []
  let newest = 0
  return {
    get newest() {
      return newest
    },
    append({ at, values }) {
      const reading = { seq: ++newest, at, values }
      readings.push(reading)
      // Dropping from the front moves the whole array, so it is done seldom and for many at once.
      if (readings.length >= keep * 1.5) readings.splice(0, readings.length - keep)
      return reading
    },
    latest: () => readings.at(-1),
    page(before, limit) {
      const oldest = newest - readings.length + 1
      const end = Math.max(0, Math.min(before, newest + 1) - oldest)
      const start = Math.max(0, end - limit)
      return { readings: readings.slice(start, end), more: start > 0 }
    },
  }
}

import type { Reading } from '../contract.ts'

/** How a reading came here: pushed as it was taken, or handed over by a call of history(). */
export type Origin = 'pushed' | 'history'

/**
 * Every reading of one sensor that this page holds, in the order of their numbers, whatever order they came in.
 *
 * The numbers are the proof: the server gives each reading of a sensor the next one, so what lies between the first and
 * the last and is not here is missing, and nothing else is. The page shows that number and never mends it in silence.
 */
export type Track = {
  readonly readings: readonly Reading[]
  readonly first: Reading | undefined
  readonly last: Reading | undefined
  readonly missing: number
  /** @returns false when the reading was here already */
  add(reading: Reading, origin: Origin): boolean
  /** How many of the readings numbered `from` … `to` (both included) were pushed to this page. */
  pushedBetween(from: number, to: number): number
  /** The index of the first reading taken at or after `at` (milliseconds since 1970). */
  indexAt(at: number): number
  /** Forgets everything: the server was started anew and counts from 1 again. */
  clear(): void
}

/** @param keep the oldest are forgotten beyond this many. @default 20000, which is 16 minutes at 50 ms */
export function createTrack(keep = 20_000): Track {
  let readings: Reading[] = []
  let origins: Origin[] = []

  return {
    get readings() {
      return readings
    },
    get first() {
      return readings[0]
    },
    get last() {
      return readings.at(-1)
    },
    get missing() {
      const first = readings[0]
      const last = readings.at(-1)
      return first && last ? last.seq - first.seq + 1 - readings.length : 0
    },
    add(reading, origin) {
      const index = firstIndex(readings, ({ seq }) => seq >= reading.seq)
      if (readings[index]?.seq === reading.seq) return false
      if (index === readings.length) {
        readings.push(reading)
        origins.push(origin)
      } else {
        readings.splice(index, 0, reading)
        origins.splice(index, 0, origin)
      }
      // Seldom and many at once: dropping from the front moves the whole array.
      if (readings.length >= keep * 1.25) {
        readings = readings.slice(-keep)
        origins = origins.slice(-keep)
      }
      return true
    },
    pushedBetween(from, to) {
      let pushed = 0
      for (let i = firstIndex(readings, ({ seq }) => seq >= from); i < readings.length; i++) {
        if ((readings[i]?.seq ?? to + 1) > to) break
        if (origins[i] === 'pushed') pushed++
      }
      return pushed
    },
    indexAt: (at) => firstIndex(readings, (reading) => reading.at.getTime() >= at),
    clear() {
      readings = []
      origins = []
    },
  }
}

/** Binary search: the first index whose item passes, where all after a passing one pass too; the length if none does. */
function firstIndex<Item>(items: readonly Item[], passes: (item: Item) => boolean): number {
  let low = 0
  let high = items.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (passes(items[middle] as Item)) high = middle
    else low = middle + 1
  }
  return low
}

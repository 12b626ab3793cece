import type { Reading } from '../../contract.ts'

/**
 * Which readings to draw when there are more of them than pixels: of every column the lowest and the highest, in their
 * order, so that a single spike among thousands of readings is still seen. The first and the last are always kept.
 *
 * @returns indexes into `readings`, rising, from `start` up to `end` (not included)
 */
export function thin(
  readings: readonly Reading[],
  start: number,
  end: number,
  column: (reading: Reading) => number,
  height: (reading: Reading) => number,
): number[] {
  const kept: number[] = []
  let at = start
  while (at < end) {
    const here = Math.floor(column(readings[at] as Reading))
    let low = at
    let high = at
    let next = at + 1
    while (next < end && Math.floor(column(readings[next] as Reading)) === here) {
      if (height(readings[next] as Reading) < height(readings[low] as Reading)) low = next
      if (height(readings[next] as Reading) > height(readings[high] as Reading)) high = next
      next++
    }
    const wanted = new Set([Math.min(low, high), Math.max(low, high)])
    if (at === start) wanted.add(start)
    if (next === end) wanted.add(end - 1)
    kept.push(...[...wanted].sort((a, b) => a - b))
    at = next
  }
  return kept
}

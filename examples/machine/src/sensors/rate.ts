/**
 * Turns counters that only grow into rates per second.
 *
 * @param now a clock that never goes back, in milliseconds
 */
export function ratesOf(now: () => number): (counters: readonly number[]) => number[] | undefined {
  let before: { counters: readonly number[]; at: number } | undefined
  return (counters) => {
    const at = now()
    const from = before
    before = { counters, at }
    if (from === undefined || at <= from.at) return undefined
    const seconds = (at - from.at) / 1000
    // A counter that fell was started again (a driver reloaded, a disk unplugged): what passed in between is unknown, not negative.
    return counters.map((count, i) => Math.max(0, count - (from.counters[i] ?? count)) / seconds)
  }
}

/**
 * The machine's time as this page can know it: the charts must scroll by the clock that stamped the readings, and a phone's
 * clock may be minutes off. Every pushed reading arrives a little after it was taken; the one that arrived soonest after
 * tells the difference of the clocks best, so the largest difference seen is kept. Replayed readings arrive late and change nothing.
 */
export type ServerClock = { note(takenAt: number): void; now(): number; reset(): void }

export function createServerClock(local: () => number = Date.now): ServerClock {
  let ahead: number | undefined
  return {
    note(takenAt) {
      const difference = takenAt - local()
      ahead = ahead === undefined ? difference : Math.max(ahead, difference)
    },
    now: () => local() + (ahead ?? 0),
    reset() {
      ahead = undefined
    },
  }
}

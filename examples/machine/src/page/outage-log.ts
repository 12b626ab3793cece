import type { Recovery } from './status-words.ts'
import type { Track } from './track.ts'

/**
 * Keeps account of one outage at a time: which reading each sensor had last when the connection went, and, once it is back,
 * how many of the readings taken meanwhile were replayed.
 *
 * Whether a reading was replayed is decided by numbers and not by clocks: after the connection came back the machine tells
 * the number of every sensor's newest reading; what was pushed between the last one before and that one was replayed.
 */
export type OutageLog = {
  /** The connection went. A second loss before the first was settled makes it longer, not another one. */
  lost(tracks: ReadonlyMap<string, Track>, now: number): void
  /** The connection is back and the machine told what is newest. Without an outage to settle this does nothing. */
  back(newest: ReadonlyMap<string, number>, now: number): void
  /** The result as soon as every replayed reading is here, once; until then, and without an outage, undefined. */
  settle(tracks: ReadonlyMap<string, Track>, now: number): Recovery | undefined
}

/** How long replayed readings may take, in milliseconds, before the page says that they are missing. */
const PATIENCE_MS = 8000

export function createOutageLog(): OutageLog {
  let outage: { last: Map<string, number>; lostAt: number } | undefined
  let returned: { newest: ReadonlyMap<string, number>; at: number } | undefined

  return {
    lost(tracks, now) {
      returned = undefined
      outage ??= {
        last: new Map([...tracks].flatMap(([name, { last }]) => (last ? [[name, last.seq] as const] : []))),
        lostAt: now,
      }
    },
    back(newest, now) {
      if (outage) returned = { newest, at: now }
    },
    settle(tracks, now) {
      if (!outage || !returned) return undefined
      let replayed = 0
      let missing = 0
      for (const [name, last] of outage.last) {
        const newest = returned.newest.get(name) ?? 0
        // Numbers that fell belong to a machine that was started anew: of its readings none was taken before.
        if (newest <= last) continue
        const pushed = tracks.get(name)?.pushedBetween(last + 1, newest) ?? 0
        replayed += pushed
        missing += newest - last - pushed
      }
      if (missing > 0 && now - returned.at < PATIENCE_MS) return undefined
      const recovery = { awayMs: returned.at - outage.lostAt, replayed, missing }
      outage = undefined
      returned = undefined
      return recovery
    },
  }
}

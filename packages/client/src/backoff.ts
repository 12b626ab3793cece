/** When a client tries again. All times in ms. */
export interface BackoffOptions {
  /** The longest first wait after a failed try; each further failure doubles it. @default 500 */
  readonly baseMs: number
  /** What the doubling stops at. @default 20,000 */
  readonly capMs: number
  /** The longest wait after a connection that had proved stable breaks. @default 1,000 */
  readonly firstMs: number
  /** How long a connection must have stood to count as stable. @default 5,000 */
  readonly stableMs: number
}

export const defaultBackoff: BackoffOptions = { baseMs: 500, capMs: 20_000, firstMs: 1_000, stableMs: 5_000 }

/** What is known when a connection, or a try to make one, has failed. */
export interface Setback {
  /** Tries that failed in a row, this one included; 0 when a stable connection broke. */
  readonly failures: number
  /** The delay that the server named, if it did. */
  readonly namedMs?: number | undefined
  /** How long the present connection stands at most, when this is about one that shall take its place. */
  readonly leftMs?: number | undefined
}

/**
 * How long to wait before the next try. Full jitter: any time up to the bound is equally likely, so that clients which
 * were cut off together do not come back together.
 *
 * @param random a number from 0 up to, not including, 1
 */
export function delayAfter(setback: Setback, random: number, options: BackoffOptions): number {
  const { failures, leftMs = Number.POSITIVE_INFINITY, namedMs } = setback
  // Whoever has to move by a certain time tries several times until then, whatever the cap.
  const capMs = Math.min(options.capMs, Math.max(leftMs / 4, options.firstMs))
  // Beyond 2^30 the doubling has met any cap, and a shift would overflow.
  const bound = Math.min(capMs, options.baseMs * 2 ** Math.min(failures - 1, 30))
  const jitter = random * (failures === 0 ? options.firstMs : bound)
  if (namedMs === undefined) return jitter
  // A server that names a delay again and again does not get to set the pace, nor one that names a very long one.
  return Math.max(failures > 1 ? jitter : 0, Math.min(namedMs, longestNamedMs))
}

const longestNamedMs = 10 * 60_000

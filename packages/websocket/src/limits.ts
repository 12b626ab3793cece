import { MisuseError } from './errors.ts'

/** Bounds of one connection. All are finite by default; each says what happens when it is reached. */
export interface ConnectionLimits {
  /**
   * Largest message accepted from the peer, in bytes, all fragments together. Above it: close with 1009.
   * @default 16777216 (16 MiB)
   */
  readonly messageBytes: number
  /**
   * Largest first message accepted from the peer, in bytes: less may be held for a peer that has not said who it is.
   * Never more than `messageBytes`. Above it: close with 1009.
   * @default 16777216 (16 MiB)
   */
  readonly firstMessageBytes: number
  /**
   * Largest single frame accepted from the peer, in bytes, checked on its header. Above it: close with 1009.
   * @default 16777216 (16 MiB)
   */
  readonly frameBytes: number
  /**
   * Time the peer has to finish a message it began, in milliseconds. After it: close with 1008.
   * @default 30000
   */
  readonly messageTimeoutMs: number
  /**
   * Unsent bytes from which `send` answers 'full'. The message is queued all the same; wait for `drain`.
   * @default 1048576 (1 MiB)
   */
  readonly highWaterBytes: number
  /**
   * Unsent bytes that no message may push the queue beyond: `send` answers 'refused'. A close and a pong always fit.
   * @default 67108864 (64 MiB)
   */
  readonly bufferBytes: number
  /**
   * Time the peer has to answer our close frame, in milliseconds, from when some of what was queued up to it has last left.
   * After it the transport is destroyed.
   * @default 10000
   */
  readonly closeTimeoutMs: number
  /**
   * Time the transport has to end once both close frames are exchanged and ours has left, in milliseconds. After it, it is
   * destroyed.
   * @default 2000
   */
  readonly lingerMs: number
  /**
   * Pings answered in a second once 16 were answered at once. Of more than that, only the latest is answered.
   * @default 10
   */
  readonly pongsPerSecond: number
}

export const DEFAULT_LIMITS: ConnectionLimits = Object.freeze({
  messageBytes: 16 * 1024 * 1024,
  firstMessageBytes: 16 * 1024 * 1024,
  frameBytes: 16 * 1024 * 1024,
  messageTimeoutMs: 30_000,
  highWaterBytes: 1024 * 1024,
  bufferBytes: 64 * 1024 * 1024,
  closeTimeoutMs: 10_000,
  lingerMs: 2_000,
  pongsPerSecond: 10,
})

// Lengths are 32-bit integers on the hot path; a larger buffer could not be allocated in one piece anyway.
const LARGEST_BYTES = 0x7fff_ffff

// One object for all connections of a server, instead of a copy for each: what was resolved once is recognised.
const resolved = new WeakSet<object>([DEFAULT_LIMITS])

/**
 * Fill in the defaults.
 * @throws {MisuseError} when a limit is not a positive integer, or a size is above 2 GiB.
 */
export function resolveLimits(given: Partial<ConnectionLimits> | undefined): ConnectionLimits {
  if (given === undefined) return DEFAULT_LIMITS
  if (resolved.has(given)) return given as ConnectionLimits
  const limits: ConnectionLimits = Object.freeze({ ...DEFAULT_LIMITS, ...given })
  for (const [name, value] of Object.entries(limits)) {
    if (!Number.isInteger(value) || value < 1 || value > LARGEST_BYTES) {
      throw new MisuseError(`limit ${name} must be an integer from 1 to ${LARGEST_BYTES}, not ${String(value)}`)
    }
  }
  resolved.add(limits)
  return limits
}

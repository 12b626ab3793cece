import type { ClientOptions } from './options.ts'

/**
 * An option that is no number, or out of its range, would be met much later as a connection that never comes.
 * @throws TypeError that names the option, its range and its unit
 */
export function checkOptions(options: Omit<ClientOptions<never>, 'credentials' | 'handlers'>): void {
  const { connectTimeoutMs, maxQueued, messageBytes, reconnect, settleWhenDetachedMs, timeoutMs } = options
  check('timeoutMs', timeoutMs)
  check('connectTimeoutMs', connectTimeoutMs, 1)
  check('settleWhenDetachedMs', settleWhenDetachedMs)
  check('maxQueued', maxQueued, 0, forEver, 'calls')
  check('messageBytes', messageBytes, 16_384, 0x7fff_ffff, 'bytes')
  check('reconnect.baseMs', reconnect?.baseMs, 0, longestMs)
  check('reconnect.capMs', reconnect?.capMs)
  check('reconnect.firstMs', reconnect?.firstMs, 0, longestMs)
  check('reconnect.stableMs', reconnect?.stableMs)
}

function check(name: string, value: number | undefined, least = 0, most = forEver, unit = 'ms'): void {
  const isIn = typeof value === 'number' && value >= least && value <= most
  if (value === undefined || (isIn && (unit !== 'bytes' || Number.isInteger(value)))) return
  const range = most === forEver ? `${least} or more` : `from ${least} to ${most}`
  throw new TypeError(`${name} must be ${range} (${unit}), not ${String(value)}`)
}

const forEver = Number.POSITIVE_INFINITY
/** A day: times that are multiplied must be finite. */
const longestMs = 86_400_000

import { publicLimits } from '@wirepact/server'
import { withLimits } from './wirepact.ts'

/** What `wirepact-guarded` costs is held against this: no rates, and limits of decoding that nothing meets. */
export const subject = withLimits('no rates, decoding without limits', {
  ...publicLimits,
  depth: 1_000_000,
  items: 2 ** 31,
  keyBytes: 2 ** 31,
  messagesPerSecond: 0,
  subscriptionsPerSecond: 0,
  pingsPerSecond: 0,
})

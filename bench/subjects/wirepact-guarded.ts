import { publicLimits } from '@wirepact/server'
import { withLimits } from './wirepact.ts'

/** Every limit of `public`, and every rate: counted for each message, and too high to be reached. */
export const subject = withLimits('every limit and every rate counted, none reached', {
  ...publicLimits,
  messagesPerSecond: 1e9,
  bytesPerSecond: 1e12,
  callsPerSecond: 1e9,
  subscriptionsPerSecond: 1e9,
  cancelsPerSecond: 1e9,
})

import type { StreamBounds } from '@wirepact/peer'
import { streaming } from '@wirepact/peer/streaming'
import type { LimitTable } from '@wirepact/protocol'
import { type Limits, windowsOf } from './limits.ts'

/** What carries a client's streams, and within which bounds. */
export function streamingWithin(
  limits: Limits,
  peerLimits: LimitTable | undefined,
): StreamBounds & Pick<typeof streaming, 'start'> {
  return { start: streaming.start, windows: windowsOf(limits), peerLimits, highWaterBytes: limits.highWaterBytes }
}

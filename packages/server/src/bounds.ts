import type { Incidents, PublicationOptions } from '@wirepact/peer'
import { type Streaming, streaming } from '@wirepact/peer/streaming'
import type { ResendWindow, StreamWindows } from '@wirepact/protocol'
import type { Limits } from './limits.ts'

/** What each connection of a server takes of its limits, laid out for the engine. */
export interface Bounds {
  /** How much is kept for a client that has not acknowledged it. */
  readonly window: ResendWindow
  readonly streaming: {
    readonly start: Streaming['start']
    /** What a client's streams are granted. */
    readonly windows: StreamWindows
    readonly highWaterBytes: number
  }
}

export function boundsOf(limits: Limits): Bounds {
  const { streamBytes, streamBytesMost, streamItems, connectionBytes, highWaterBytes } = limits
  const windows = {
    initial: { bytes: streamBytes, items: streamItems },
    most: { bytes: streamBytesMost, items: streamItems * 16 },
    connectionBytes,
  }
  return {
    window: { bytes: limits.resendBytes, messages: limits.resendMessages },
    streaming: { start: streaming.start, windows, highWaterBytes },
  }
}

/** For the subscriptions of each connection. */
export function publishingOf(
  directory: PublicationOptions['directory'],
  incidents: Incidents,
  { highWaterBytes, subscriptions }: Limits,
): PublicationOptions {
  return { directory, incidents, highWaterBytes, maxSubscriptions: subscriptions }
}

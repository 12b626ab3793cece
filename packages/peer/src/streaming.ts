import {
  type LimitTable,
  publicWindows,
  type Session,
  type SessionStreams,
  Streams,
  type StreamWindows,
} from '@wirepact/protocol'
import type { Clock } from './clock.ts'

/** Begins the streams of a session. */
export type StartStreams = (session: Session, clock: Clock, bounds: StreamBounds) => SessionStreams

/** Within which bounds the streams of a session flow. */
export interface StreamBounds {
  /** What we grant the other side. */
  readonly windows: StreamWindows
  /** What the other side said of itself in hello or welcome. */
  readonly peerLimits: LimitTable | undefined
  /** Bytes waiting to leave above which no items are added. */
  readonly highWaterBytes: number
}

/** Carries items. A door of its own, so that a client whose contract has no streams does not carry it. */
export const startStreams: StartStreams = (session, clock, { windows, peerLimits = {}, highWaterBytes }) => {
  const { initial, connectionBytes } = publicWindows
  // What a peer does not say is what PROTOCOL.md says for it.
  const peer = {
    initial: { bytes: peerLimits.streamBytes ?? initial.bytes, items: peerLimits.streamItems ?? initial.items },
    connectionBytes: peerLimits.connectionBytes ?? connectionBytes,
  }
  return new Streams({
    session,
    windows,
    peer,
    highWaterBytes,
    later: (delayMs, task) => clock.schedule(delayMs, task),
  })
}

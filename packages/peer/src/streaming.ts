import type { MethodEntry } from '@wirepact/contract'
import {
  type LimitTable,
  publicWindows,
  type Session,
  type SessionStreams,
  type StreamWindows,
} from '@wirepact/protocol'
import { Streams } from '@wirepact/protocol/streams'
import type { Clock } from './clock.ts'
import type { SendOptions } from './item-stream.ts'
import { openStream, type StreamCaller } from './stream-call.ts'

/** What carries streams. A door of its own, so that a client whose contract has none does not carry it. */
export interface Streaming {
  readonly start: StartStreams
  readonly open: OpenStream
}

/** Calls a streaming procedure: see `Remote` for what that gives. */
export type OpenStream = (
  caller: StreamCaller,
  entry: MethodEntry,
  input: unknown,
  options: Partial<SendOptions<unknown>> | undefined,
) => unknown

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

const start: StartStreams = (session, clock, { windows, peerLimits = {}, highWaterBytes }) => {
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
    now: () => clock.now(),
  })
}

export const streaming: Streaming = { start, open: openStream }

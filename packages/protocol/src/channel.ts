import { WirepactError } from './error.ts'
import type { Run } from './run.ts'
import type { Shaper } from './shape/laid.ts'
import { utf8Size } from './text.ts'

/**
 * A message ready to leave. Binary ones are *borrowed*: the bytes may be overwritten by the next message that is
 * encoded, so whoever keeps them copies them. Text ones belong to the token `wirepact.1+json`.
 */
export type Outgoing = string | { readonly bytes: Uint8Array; readonly start: number; readonly end: number }

/** What a message costs: bytes, those of its UTF-8 for a text. */
export function sizeOf(message: Outgoing): number {
  return typeof message === 'string' ? utf8Size(message) : message.end - message.start
}

/**
 * The message, if the peer accepts one of its size. A sender knows the peer's limit, so what would be refused is not
 * sent: one call fails here, and the connection lives.
 * @throws WirepactError `message-too-large`
 */
export function fitting(message: Outgoing, limit: number): Outgoing {
  const size = sizeOf(message)
  if (size <= limit) return message
  throw new WirepactError('message-too-large', `the message has ${size} bytes; the other side accepts ${limit}`)
}

/**
 * The way out of a session: one WebSocket connection, an in-memory link in a test, a worker's port.
 * It delivers whole messages, in order, or not at all, and says when it is gone. It knows nothing of RPC.
 */
export interface Channel {
  /**
   * Queues one message. Never throws; after the channel closed it does nothing.
   * @param lasts its bytes are not overwritten before the other side has them: they need no copy on their way
   */
  send(message: Outgoing, lasts?: boolean): void
  /** Sends all of a run, as one after the other. Not every channel has a quicker way. */
  sendAll?(run: Run): void
  /** Bytes accepted by `send` that have not reached the operating system (or the browser's network stack) yet. */
  readonly bufferedBytes: number
  /** So many messages wait, whatever their size, that bulk should not be added. Not every channel counts them. */
  readonly crowded?: boolean
  /**
   * The other side knows batches: from now on several messages may travel as one, in both directions, but the first of a
   * turn. Not every channel can.
   */
  batch?(): void
  /** Whether they may. */
  readonly batches?: boolean
  /** Starts the closing handshake with a code of `closeCode` or 1000; messages already queued still leave. */
  close(code: number, reason: string): void
  /** Stops to deliver, so that the other side feels it; what was read already may still come. Not every channel can. */
  pause?(): void
  resume?(): void
  /** Cuts the connection at once, without a closing handshake. */
  terminate(): void
}

/** What a channel tells its owner. Bytes are borrowed for the duration of the call, unless they are given away. */
export interface ChannelReceiver {
  /** @param given the bytes are the receiver's from now on. @default false */
  message(bytes: Uint8Array, start: number, end: number, given?: boolean): void
  text(text: string): void
  /** The channel's buffer fell below its low-water mark after a time above the high one. */
  drained?(): void
  /** Called exactly once; nothing follows it. `clean` says that the closing handshake was completed. */
  closed(code: number, reason: string, clean: boolean): void
}

/** The ends of the wire that carry a channel hand it over together with this; reading begins at `start`. */
export interface ChannelSource {
  readonly channel: Channel
  /** Which of the two encodings the opening handshake agreed on. */
  readonly encoding: 'binary' | 'json'
  /** What runs layouts here. @default nothing: values travel as plain ones */
  readonly shaper?: Shaper | undefined
  /** Begins delivery; what arrived earlier is delivered first. Called once. */
  start(receiver: ChannelReceiver): void
}

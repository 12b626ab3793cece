import type { CreditMessage, EndMessage, ItemMessage } from './message.ts'

/** Where items come from. */
export interface ItemSource {
  /** The item that was held has left; there may be another. */
  sent(): void
  /** The item that was held cannot be sent: it is no wire value, or too large. */
  failed(error: unknown): void
}

/** Where items go. */
export interface ItemSink {
  item(value: unknown, size: number): void
  /** The other side has no more. */
  ended(): void
}

/** The sender's half of one direction of a stream. */
export interface ItemsOut {
  /**
   * Hands over one item. False when it has to wait; then nothing more may be put before the source hears of it.
   * @throws WirepactError when it cannot be sent; then it does not count
   */
  put(value: unknown): boolean
  /** No more items; the one that is held leaves first. */
  end(): void
  /** The call is over. What is held is dropped, and the source hears nothing more. */
  close(): void
}

/** The reader's half of one direction of a stream. */
export interface ItemsIn {
  /** The reader has taken an item of that size. */
  take(size: number): void
  /** The call is over, or nobody reads any more: what waits counts as taken, and what still comes is dropped. */
  close(): void
}

/** What carries the items of a session's streams. A part of its own, for sessions that have none. */
export interface SessionStreams {
  /** Our calls in flight that are streams. Kept by whoever makes them. */
  calls: number
  /** We are going to send items of a call, as its callee or its caller. */
  send(id: number, asCallee: boolean, source: ItemSource): ItemsOut
  /** We are going to read items of a call, those of its callee or its caller. */
  read(id: number, ofCallee: boolean, sink: ItemSink): ItemsIn
  /** One message of `size` bytes, of a stream that exists or did. */
  receive(message: ItemMessage | EndMessage | CreditMessage, size: number): void
  /** A channel was attached: the other side may have lost what was not counted. */
  attached(): void
  /** There may be room again: in the channel, or in the resend window. */
  room(): void
  /** The session is over. */
  end(): void
}

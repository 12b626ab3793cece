import type { Violation } from './errors.ts'

/**
 * The port for one negotiated extension that transforms whole messages (RFC 6455 section 5.8), such as
 * permessage-deflate. Negotiation happens in the opening handshake; a connection only gets the result.
 *
 * The connection marks and recognises transformed messages by the reserved bit. It collects a marked message before it
 * is undone, so `undo` sees the whole of it, and text is validated after that.
 */
export interface Extension {
  /** The reserved bit on the first frame of a transformed message: 0x40 (RSV1), 0x20 (RSV2) or 0x10 (RSV3). */
  readonly bit: number
  /**
   * Transform an outgoing message. The range is borrowed.
   * @returns the payload to send with the bit set, or undefined to send the message as it is
   */
  apply(bytes: Uint8Array, start: number, end: number, isText: boolean): Uint8Array | undefined
  /**
   * Undo the transformation of an incoming message. The range is borrowed. Must stop at `limitBytes` *while* it works,
   * not after.
   */
  undo(bytes: Uint8Array, start: number, end: number, limitBytes: number): Uint8Array | Violation
}

import type { Violation } from './errors.ts'

/** The answer of an extension that is not there yet: it comes through `done`. */
export const LATER = 'later'

/**
 * The port for one negotiated extension that transforms whole messages (RFC 6455 section 5.8), such as
 * permessage-deflate. Negotiation happens in the opening handshake; a connection only gets the result.
 *
 * The connection marks and recognises transformed messages by the reserved bit. It collects a marked message before it
 * is undone, so `undo` sees the whole of it, and text is validated after that.
 *
 * Both directions may answer `LATER` and give the result to `done`: once, and never from within the call. Each direction
 * is asked for one message at a time, so messages keep their order.
 */
export interface Extension {
  /** The reserved bit on the first frame of a transformed message: 0x40 (RSV1), 0x20 (RSV2) or 0x10 (RSV3). */
  readonly bit: number
  /** Messages of fewer bytes are always sent as they are; `apply` need not be asked. */
  readonly fromBytes: number
  /** Size in bytes from which `apply` may answer `LATER`. Infinity when it never does. */
  readonly laterFromBytes: number
  /**
   * Transform an outgoing message. The range is borrowed; from `laterFromBytes` on, it stays unchanged until `done`.
   * @returns the payload to send with the bit set, borrowed until the next call, or undefined to send the message as it
   * is; what `done` gets instead is given away
   */
  apply(bytes: Uint8Array, start: number, end: number, isText: boolean, done: ApplyDone): Applied | typeof LATER
  /**
   * Undo the transformation of an incoming message. The range stays unchanged until there is an answer. Must stop at
   * `limitBytes` *while* it works, not after.
   * @returns bytes that are the caller's, or what is wrong with the message
   */
  undo(bytes: Uint8Array, start: number, end: number, limitBytes: number, done: UndoDone): Undone | typeof LATER
  /** The connection is over: let go of memory. Nothing is asked any more, and no answer is waited for. */
  close(): void
}

export type Applied = Uint8Array | undefined
export type Undone = Uint8Array | Violation
export type ApplyDone = (payload: Applied) => void
export type UndoDone = (plain: Undone) => void

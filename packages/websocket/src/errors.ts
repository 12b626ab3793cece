/**
 * The two ways things go wrong, kept apart.
 *
 * `MisuseError` is ours: the program called something in a way that can never be right. It is thrown at once, at the
 * place of the mistake. A `Violation` is the peer's: it is data, never thrown, and always ends in a close frame.
 */

/** The calling program made a mistake: a close code that must not be sent, a header with a line break, and the like. */
export class MisuseError extends Error {
  override readonly name = 'MisuseError'
}

/** What the peer did wrong, and the close code that answers it (RFC 6455 section 7.4.1). */
export class Violation {
  readonly code: number
  readonly reason: string

  constructor(code: number, reason: string) {
    this.code = code
    this.reason = reason
  }
}

/** Every violation the core can find. They are constants so that finding one allocates nothing. */
export const VIOLATIONS = {
  reservedBits: new Violation(1002, 'reserved bits are set that no extension has claimed'),
  reservedBitsOutOfPlace: new Violation(1002, 'an extension bit is set where it may not be'),
  reservedOpcode: new Violation(1002, 'reserved opcode'),
  fragmentedControl: new Violation(1002, 'control frames must not be fragmented'),
  longControl: new Violation(1002, 'control frames carry at most 125 bytes'),
  notMasked: new Violation(1002, 'client frames must be masked'),
  masked: new Violation(1002, 'server frames must not be masked'),
  continuationFirst: new Violation(1002, 'continuation without a message to continue'),
  continuationExpected: new Violation(1002, 'a new message began before the fragmented one ended'),
  lengthNotMinimal: new Violation(1002, 'payload length is not written in its shortest form'),
  lengthHighBit: new Violation(1002, 'the highest bit of a 64-bit length must be 0'),
  closeTooShort: new Violation(1002, 'a close body has no room for its code'),
  closeCode: new Violation(1002, 'close code that must not be sent'),
  closeReason: new Violation(1007, 'close reason is not valid UTF-8'),
  text: new Violation(1007, 'text is not valid UTF-8'),
  compressed: new Violation(1007, 'compressed message is not valid DEFLATE'),
  compressedShort: new Violation(1007, 'compressed message was cut short'),
  frameTooLarge: new Violation(1009, 'frame above the size limit'),
  messageTooLarge: new Violation(1009, 'message above the size limit'),
  messageTooSlow: new Violation(1008, 'message was not finished in time'),
  budgetExceeded: new Violation(1013, 'out of memory for messages, try again later'),
  consumerFailed: new Violation(1011, 'internal error'),
} as const

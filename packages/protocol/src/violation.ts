import type { CloseCode } from './status.ts'

/**
 * What decoding throws, and the only thing it throws: the peer broke a rule. The session answers by closing the channel
 * with `closeCode` and the message as the reason; it never travels further.
 */
export class ProtocolViolation extends Error {
  readonly closeCode: CloseCode

  constructor(code: CloseCode, message: string) {
    super(message)
    this.name = 'ProtocolViolation'
    this.closeCode = code
  }
}

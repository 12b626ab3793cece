import { closeCode } from '@wirepact/protocol'

/** Normal closure, going away (a page that was left), and what a client that broke the rules is closed with. */
const lastCodes: readonly number[] = [
  1000,
  1001,
  closeCode.protocolViolation,
  closeCode.unauthenticated,
  closeCode.wrongMessageType,
  closeCode.malformedValue,
  closeCode.tooMany,
]

/** Whether the client is not expected back: it said goodbye, or was sent away for breaking the protocol. */
export function isFarewell(code: number): boolean {
  return lastCodes.includes(code)
}

import { closeCode, WirepactError } from '@wirepact/protocol'

/** A closing in words. */
export function describeClose(code: number, reason: string): string {
  if (reason !== '') return reason
  if (code === 1006) return 'the connection broke'
  if (code === 1001) return 'the server went away'
  return `the connection was closed with ${code}`
}

/** A hello that was too large will be so next time: it grows with credentials alone. 1009 comes from the WebSocket layer. */
export function helloIsTooLarge(code: number): boolean {
  return code === closeCode.messageTooLarge || code === 1009
}

/** What calls and subscriptions are told when the server's close was for good. */
export function refusal(code: number, because: string): WirepactError<string> {
  if (code === closeCode.unauthenticated) return new WirepactError('unauthenticated', because)
  if (code === closeCode.forbiddenOrigin) return new WirepactError('permission-denied', because)
  if (helloIsTooLarge(code))
    return new WirepactError(
      'message-too-large',
      `the server refused our hello: ${because}; are the credentials too large?`,
    )
  return new WirepactError('unavailable', `refused for good: ${because}`)
}

import { closeCode, WirepactError } from '@wirepact/protocol'

/** A closing in words. */
export function describeClose(code: number, reason: string): string {
  if (reason !== '') return reason
  if (code === 1006) return 'the connection broke'
  if (code === 1001) return 'the server went away'
  return `the connection was closed with ${code}`
}

/** What calls and subscriptions are told when the server's close was for good. */
export function refusal(code: number, because: string): WirepactError<string> {
  if (code === closeCode.unauthenticated) return new WirepactError('unauthenticated', because)
  if (code === closeCode.forbiddenOrigin) return new WirepactError('permission-denied', because)
  return new WirepactError('unavailable', `refused for good: ${because}`)
}

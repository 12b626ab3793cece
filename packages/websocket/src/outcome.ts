import { CloseCode, type PeerClose } from './close.ts'
import type { Violation } from './errors.ts'

/** How a connection ended, as far as is known: without a word until somebody says otherwise. */
export class Outcome {
  code: number = CloseCode.abnormal
  reason = ''
  /** Both close frames were exchanged. */
  clean = false
  /** We gave the connection up. */
  failed = false

  peerClosed(close: PeerClose): void {
    this.code = close.code
    this.reason = close.reason
    this.clean = true
  }

  violated(violation: Violation): void {
    this.code = violation.code
    this.reason = violation.reason
    this.failed = true
  }

  /** The transport is gone; why, is told only when nothing better is known. */
  lost(reason: string): void {
    if (this.code === CloseCode.abnormal && this.reason === '') this.reason = reason
  }
}

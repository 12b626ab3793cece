import { CloseCode } from './close.ts'

/** How a connection ended, as far as is known. */
export interface Outcome {
  readonly code: number
  readonly reason: string
  /** Both close frames were exchanged. */
  readonly clean: boolean
  /** We gave the connection up. */
  readonly failed: boolean
}

/** Until somebody says otherwise it ends without a word. One object for all: nothing of it costs an idle connection. */
export const NOT_KNOWN: Outcome = { code: CloseCode.abnormal, reason: '', clean: false, failed: false }

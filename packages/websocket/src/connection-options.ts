import type { Allocate } from './allocate.ts'
import type { ConnectionEvents } from './connection-events.ts'
import type { Extension } from './extension.ts'
import type { ConnectionLimits } from './limits.ts'
import type { LivenessOptions } from './liveness.ts'
import type { MaskBlock, MaskSource } from './mask.ts'
import type { MemoryBudget } from './memory-budget.ts'
import type { Utf8Encoder } from './utf8.ts'

export interface ConnectionOptions {
  readonly role: 'client' | 'server'
  readonly events: ConnectionEvents
  /** Monotonic milliseconds, such as `performance.now`. Only read when a deadline begins. */
  readonly now: () => number
  /** Where a client's masking keys come from, see `maskPool`. Required for a client, unused by a server. */
  readonly masks?: MaskSource | undefined
  readonly limits?: Partial<ConnectionLimits> | undefined
  /** Ping a peer that is silent, and give it up when it stays so. @default never */
  readonly liveness?: LivenessOptions | undefined
  /** Memory that many connections share. @default each has only its own limits */
  readonly budget?: MemoryBudget | undefined
  /** The extension agreed in the opening handshake. */
  readonly extension?: Extension | undefined
  /** Memory for buffers. @default new Uint8Array */
  readonly allocate?: Allocate | undefined
  /** Masking of large blocks, where the platform has a faster way. @default by 32-bit words */
  readonly maskBlock?: MaskBlock | undefined
  /** Text encoder for `sendText`. @default one written in plain TypeScript */
  readonly utf8?: Utf8Encoder | undefined
}

/**
 * What the owner of the transport has to do once all output is taken: 'keep' it; 'end' its writing side and go on
 * feeding `receive` until the peer ends too (bytes left unread make TCP reset the connection, and our close frame
 * could be lost with it); 'destroy' it.
 */
export type TransportWish = 'keep' | 'end' | 'destroy'

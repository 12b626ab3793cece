import type { Allocate } from './allocate.ts'
import type { ConnectionEvents } from './connection-events.ts'
import type { Extension } from './extension.ts'
import type { ConnectionLimits } from './limits.ts'
import type { MaskBlock, MaskSource } from './mask.ts'
import type { Utf8Encoder } from './utf8.ts'

export interface ConnectionOptions {
  readonly role: 'client' | 'server'
  readonly events: ConnectionEvents
  /** Monotonic milliseconds, such as `performance.now`. Only read when a deadline begins. */
  readonly now: () => number
  /** Where a client's masking keys come from, see `maskPool`. Required for a client, unused by a server. */
  readonly masks?: MaskSource | undefined
  readonly limits?: Partial<ConnectionLimits> | undefined
  /** The extension agreed in the opening handshake. */
  readonly extension?: Extension | undefined
  /** Memory for buffers. @default new Uint8Array */
  readonly allocate?: Allocate | undefined
  /** Masking of large blocks, where the platform has a faster way. @default by 32-bit words */
  readonly maskBlock?: MaskBlock | undefined
  /** Text encoder for `sendText`. @default one written in plain TypeScript */
  readonly utf8?: Utf8Encoder | undefined
}

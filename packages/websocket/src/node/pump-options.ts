import type { Duplex } from 'node:stream'
import type { Extension } from '../extension.ts'
import type { ConnectionLimits } from '../limits.ts'
import type { LivenessOptions } from '../liveness.ts'
import type { MemoryBudget } from '../memory-budget.ts'

export interface PumpOptions {
  readonly role: 'client' | 'server'
  readonly limits?: Partial<ConnectionLimits> | undefined
  /** Ping a peer that is silent, and give it up when it stays so. @default never */
  readonly liveness?: LivenessOptions | undefined
  /** Memory that many sockets share. @default each has only its own limits */
  readonly budget?: MemoryBudget | undefined
  readonly extension?: Extension | undefined
  /** How long the process stays awake for more after a chunk of a busy connection, in milliseconds. @default 0: not at all */
  readonly lowLatencyMs?: number | undefined
  /** Told when the stream has closed. */
  readonly gone?: ((stream: Duplex) => void) | undefined
}

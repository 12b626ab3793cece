import { contract, event, procedure } from '@wirepact/contract'
import { z } from 'zod'
import type { EngineAddress } from './engine-log.ts'

const Numbered = z.object({ n: z.number(), ms: z.number() })

/** What the nodes of these tests serve. Each call says its number, so that its runs can be counted. */
export const served = contract({
  server: {
    /** Takes so long, and answers its number. */
    work: procedure({ input: Numbered, output: z.number() }),
    /** The same; sent with a key. */
    once: procedure({ input: Numbered, output: z.number() }),
    /** Its effect is one write together with its number: whoever sends it again, by whatever key, adds nothing. */
    commit: procedure({ input: Numbered, output: z.number() }),
    /** Resolves when the log has the event. */
    say: procedure({ input: z.object({ n: z.number() }), output: z.number() }),
  },
  events: {
    tick: event({ payload: z.number(), onGap: 'skip' }),
    said: event({ payload: z.number(), onGap: 'skip' }),
    room: event({ topic: z.object({ room: z.number() }), payload: z.number(), onGap: 'skip' }),
  },
})

/** Where the effects of `commit` are. */
export const effects = 'effects'

/** What a node's process is started with. */
export interface NodeSettings {
  readonly port: number
  readonly engine: EngineAddress
  /** A file that gets a line for each run: it outlives the process. */
  readonly runs: string
}

export type NodeReport = 'ready' | { readonly rssMiB: number; readonly connections: number }

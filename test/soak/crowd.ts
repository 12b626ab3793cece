import { contract, event, notification, procedure } from '@wirepact/contract'
import { z } from 'zod'

const numbered = z.object({ client: z.number(), n: z.number() })

/** What the clients of the resets test do. */
export const crowd = contract({
  server: {
    /** Has a side effect. Every tenth asks the client back, which has one too. */
    work: procedure({ input: numbered, output: z.number() }),
    /** Moves bytes in both directions. */
    echo: procedure({ input: z.instanceof(Uint8Array), output: z.instanceof(Uint8Array) }),
    note: notification({ input: numbered }),
  },
  client: { confirm: procedure({ input: z.object({ n: z.number() }), output: z.boolean() }) },
  events: {
    tick: event({ topic: z.object({ room: z.number() }), payload: z.object({ n: z.number() }), onGap: 'skip' }),
  },
})

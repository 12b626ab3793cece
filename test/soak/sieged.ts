import { contract, event, procedure } from '@wirepact/contract'
import { z } from 'zod'

/** What the server of the siege serves. */
export const sieged = contract({
  server: {
    add: procedure({ input: z.object({ by: z.number() }), output: z.number() }),
    exchange: procedure({ accepts: z.unknown(), yields: z.number() }),
  },
  events: { news: event({ topic: z.object({ room: z.string() }), payload: z.number(), onGap: 'skip' }) },
})

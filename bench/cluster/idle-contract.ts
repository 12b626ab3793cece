import { contract, event } from '@wirepact/contract'
import { z } from 'zod'

/** What nobody says anything with. */
export const idle = contract({
  events: { news: event({ topic: z.object({ room: z.number() }), payload: z.number(), onGap: 'skip' }) },
})

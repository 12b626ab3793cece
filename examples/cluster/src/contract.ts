import { contract, procedure } from '@wirepact/contract'
import { z } from 'zod'

export const shared = contract({
  server: {
    /** The number of the process that answers. */
    whoami: procedure({ output: z.number(), idempotent: true }),
    /** Work for a processor: the text, hashed so many times. */
    digest: procedure({
      input: z.object({ text: z.string().max(10_000), rounds: z.int().min(1).max(10_000) }),
      output: z.string(),
    }),
  },
})

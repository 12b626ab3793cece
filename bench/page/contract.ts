import { contract, event, procedure } from '@wirepact/contract'
import { z } from 'zod'

/** What is measured between a server and a page. */
export const pageBench = contract({
  server: {
    answer: procedure({
      input: z.object({ a: z.number(), b: z.string() }),
      output: z.object({ c: z.number(), d: z.string() }),
    }),
    /** Publishes so many events, as fast as they leave. */
    publish: procedure({ input: z.number() }),
  },
  events: {
    reading: event({
      payload: z.object({ id: z.number(), kind: z.string(), value: z.number() }),
      onGap: 'error',
    }),
  },
})

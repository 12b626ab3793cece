import { contract, event, notification, procedure } from '@wirepact/contract'
import { z } from 'zod'

/** A contract with one of everything, for tests. */
export const counter = contract({
  server: {
    increment: procedure({ input: z.object({ by: z.number() }), output: z.object({ value: z.number() }) }),
    nested: {
      echo: procedure({ input: z.object({ text: z.string().min(1) }), output: z.string() }),
      fail: procedure({
        input: z.object({ how: z.string() }),
        output: z.string(),
        errors: { TOO_LATE: z.object({ by: z.number() }), NO_DATA: null },
      }),
      slow: procedure({ input: z.object({ ms: z.number() }), output: z.string() }),
      retried: procedure({ output: z.number(), idempotent: true }),
    },
    bytes: procedure({ input: z.instanceof(Uint8Array), output: z.instanceof(Uint8Array) }),
    ask: procedure({ input: z.object({ question: z.string() }), output: z.string() }),
    interval: procedure({ input: z.object({ ms: z.number() }), output: z.number() }),
    join: procedure({ input: z.object({ room: z.string() }) }),
    log: notification({ input: z.object({ line: z.string() }) }),
  },
  client: {
    confirm: procedure({ input: z.object({ question: z.string() }), output: z.boolean() }),
    shout: notification({ input: z.object({ text: z.string() }) }),
  },
  events: {
    tick: event({ topic: z.object({ room: z.string() }), payload: z.object({ n: z.number() }), onGap: 'skip' }),
    strict: event({ payload: z.object({ n: z.number() }), onGap: 'error' }),
  },
  state: z.object({ user: z.string(), intervalMs: z.number() }),
})

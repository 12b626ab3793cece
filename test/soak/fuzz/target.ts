import { contract, event, notification, procedure } from '@wirepact/contract'
import { z } from 'zod'

const Room = z.object({ room: z.string() })

/** One of everything, for strangers to play with. */
export const target = contract({
  server: {
    add: procedure({ input: z.object({ by: z.number() }), output: z.number() }),
    nested: {
      echo: procedure({ input: z.object({ text: z.string() }), output: z.string() }),
      late: procedure({ input: z.object({ ms: z.number() }), output: z.number() }),
      fail: procedure({ output: z.string(), errors: { NO: z.object({ by: z.number() }) } }),
    },
    any: procedure({ input: z.unknown(), output: z.unknown() }),
    ask: procedure({ output: z.boolean() }),
    join: procedure({ input: Room }),
    count: procedure({ input: z.object({ by: z.number() }), yields: z.number() }),
    sum: procedure({ accepts: z.number(), output: z.number() }),
    double: procedure({ accepts: z.number(), yields: z.number(), output: z.number() }),
    note: notification({ input: z.object({ line: z.string() }) }),
  },
  client: {
    confirm: procedure({ input: z.object({ question: z.string() }), output: z.boolean() }),
    letters: procedure({ yields: z.string() }),
    shout: notification({ input: z.object({ text: z.string() }) }),
  },
  events: {
    counted: event({ topic: Room, payload: z.number(), snapshot: z.number() }),
    said: event({ topic: Room, payload: z.string(), onGap: 'skip' }),
    strict: event({ payload: z.number(), onGap: 'error', whenSlow: 'drop' }),
  },
  state: z.object({ user: z.string(), total: z.number(), list: z.array(z.number()) }),
})

/** What a client of it yields when it is asked for letters. */
export async function* noLetters(): AsyncGenerator<string, void> {
  yield 'a'
}

import { type Contract, contract, event, notification, procedure, type SchemaInput } from '@wirepact/contract'
import { WirepactError } from '@wirepact/protocol'
import { describe, expectTypeOf, it } from 'vitest'
import { z } from 'zod'
import type { EventHandlers } from './event-handlers.ts'
import type { Handlers, Middleware } from './handlers.ts'

const Reading = z.object({ sensor: z.string(), at: z.date().default(() => new Date()) })

const machine = contract({
  server: {
    sensors: {
      latest: procedure({
        input: z.object({ sensor: z.string(), limit: z.number().default(1) }),
        output: Reading,
        errors: { NO_SUCH_SENSOR: z.object({ known: z.array(z.string()) }), ASLEEP: null },
      }),
      reset: procedure({}),
    },
    log: notification({ input: z.string() }),
  },
  events: {
    changed: event({ topic: z.object({ sensor: z.string() }), payload: Reading, snapshot: z.array(Reading) }),
    alarms: { raised: event({ payload: z.string(), onGap: 'skip' }) },
  },
  state: z.object({ user: z.string() }),
})

interface Connection {
  readonly id: string
}

/** Infers as a server does: the context from `authenticate`, and everything else from the contract. */
declare function serve<Server, Events, State, Context>(
  contract: Contract<Server, object, Events, State>,
  options: {
    authenticate?: (request: { credentials: unknown }) => Context | Promise<Context>
    state?: (request: { context: Context }) => SchemaInput<State>
    middleware?: readonly Middleware<Context, Connection>[]
    handlers: Handlers<Server, Context, Connection>
    events?: EventHandlers<Events, Context, Connection>
  },
): void

const reset = () => {}
const log = () => {}

describe('a handler', () => {
  it('sees parsed input, the context, and all that belongs to its call', () => {
    serve(machine, {
      authenticate: async ({ credentials }) => ({ user: String(credentials) }),
      handlers: {
        sensors: {
          latest: ({ input, context, connection, signal, deadline }) => {
            expectTypeOf(input).toEqualTypeOf<{ sensor: string; limit: number }>()
            expectTypeOf(context).toEqualTypeOf<{ user: string }>()
            expectTypeOf(connection).toEqualTypeOf<Connection>()
            expectTypeOf(signal).toEqualTypeOf<AbortSignal>()
            expectTypeOf(deadline).toEqualTypeOf<number | undefined>()
            return { sensor: input.sensor }
          },
          reset: ({ input }) => {
            expectTypeOf(input).toEqualTypeOf<void>()
          },
        },
        log: ({ input, context }) => {
          expectTypeOf(input).toEqualTypeOf<string>()
          expectTypeOf(context).toEqualTypeOf<{ user: string }>()
        },
      },
      state: ({ context }) => ({ user: context.user }),
      events: {
        changed: {
          authorize: ({ topic, context }) => topic.sensor === context.user,
          snapshot: ({ context }) => [{ sensor: context.user }],
        },
        alarms: { raised: { filter: ({ payload, context }) => payload === context.user } },
      },
    })
  })

  it('answers at once or later, and returns or throws what its procedure declares', () => {
    const found = undefined as { sensor: string } | undefined
    serve(machine, {
      handlers: {
        sensors: {
          latest: async ({ errors }) => {
            if (Math.random() > 0.5) throw errors.ASLEEP()
            if (Math.random() > 0.5) throw new WirepactError('permission-denied')
            return found ?? errors.NO_SUCH_SENSOR({ known: [] })
          },
          reset: async () => {},
        },
        log,
      },
    })
  })

  it('refuses a wrong answer', () => {
    serve(machine, {
      handlers: {
        log,
        sensors: {
          reset,
          // @ts-expect-error `sensor` is a string
          latest: () => ({ sensor: 5 }),
        },
      },
    })
    serve(machine, {
      handlers: {
        log,
        sensors: {
          reset,
          // @ts-expect-error the contract wants an answer
          latest: async () => {},
        },
      },
    })
  })

  it('refuses an error that its procedure does not declare, and wrong data', () => {
    serve(machine, {
      handlers: {
        log,
        sensors: {
          // @ts-expect-error nothing is declared for this one
          reset: ({ errors }) => errors.ASLEEP(),
          latest: ({ errors }) => {
            // @ts-expect-error not declared
            if (Math.random() > 0.5) return errors.NO_SUCH_ROOM()
            // @ts-expect-error `known` is a list
            return errors.NO_SUCH_SENSOR({ known: 'cpu' })
          },
        },
      },
    })
  })

  it('is missed, and not wanted where the contract has none', () => {
    // @ts-expect-error `sensors.reset` is missing
    serve(machine, { handlers: { log, sensors: { latest: () => ({ sensor: 'cpu' }) } } })
    // @ts-expect-error there is no `restart`
    serve(machine, { handlers: { log, sensors: { reset, restart: reset, latest: () => ({ sensor: 'cpu' }) } } })
  })
})

describe('middleware', () => {
  it('sees what every call has, and runs what is inside it', () => {
    serve(machine, {
      authenticate: () => ({ user: 'ann' }),
      middleware: [
        async ({ path, kind, context, input, signal, connection }, next) => {
          expectTypeOf(path).toEqualTypeOf<string>()
          expectTypeOf(kind).toEqualTypeOf<'call' | 'notify' | 'yields' | 'accepts' | 'duplex'>()
          expectTypeOf(context).toEqualTypeOf<{ user: string }>()
          expectTypeOf(input).toEqualTypeOf<unknown>()
          expectTypeOf(signal).toEqualTypeOf<AbortSignal>()
          expectTypeOf(connection.id).toEqualTypeOf<string>()
          return next()
        },
      ],
      handlers: { log, sensors: { reset, latest: () => ({ sensor: 'cpu' }) } },
    })
  })
})

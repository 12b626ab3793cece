import { connect } from '@wirepact/client'
import { contract, event, procedure } from '@wirepact/contract'
import { createServer } from '@wirepact/server'
import { expectTypeOf, test } from 'vitest'
import { z } from 'zod'

const Reading = z.object({ sensor: z.string(), value: z.number() })

const machine = contract({
  server: {
    sensors: {
      list: procedure({ output: z.array(z.string()) }),
      latest: procedure({
        input: z.object({ sensor: z.string() }),
        output: Reading,
        errors: { NO_SUCH_SENSOR: z.object({ known: z.array(z.string()) }) },
      }),
    },
  },
  client: { confirm: procedure({ input: z.object({ question: z.string() }), output: z.boolean() }) },
  events: { reading: event({ topic: z.object({ sensor: z.string() }), payload: Reading, onGap: 'skip' }) },
  state: z.object({ user: z.string() }),
})

test('createServer infers the context of handlers from authenticate', () => {
  const server = createServer(machine, {
    authenticate: async () => ({ user: 'ada', admin: true }),
    state: ({ context }) => ({ user: context.user }),
    handlers: {
      sensors: {
        list: () => ['cpu'],
        latest: ({ input, context, connection, errors }) => {
          expectTypeOf(input).toEqualTypeOf<{ sensor: string }>()
          expectTypeOf(context).toEqualTypeOf<{ user: string; admin: boolean }>()
          expectTypeOf(connection.context).toEqualTypeOf<{ user: string; admin: boolean }>()
          expectTypeOf(connection.api.confirm).returns.toEqualTypeOf<Promise<boolean>>()
          return errors.NO_SUCH_SENSOR({ known: [] })
        },
      },
    },
    events: { reading: { authorize: ({ topic, context }) => context.admin && topic.sensor !== '' } },
  })
  expectTypeOf(server.events.reading.publish).parameters.toEqualTypeOf<
    [{ sensor: string }, { sensor: string; value: number }]
  >()
})

test('a server without authenticate has an undefined context', () => {
  createServer(contract({ server: { ping: procedure({ output: z.string() }) } }), {
    handlers: {
      ping: ({ context }) => {
        expectTypeOf(context).toEqualTypeOf<undefined>()
        return 'pong'
      },
    },
  })
})

test('the client calls what the contract says', () => {
  const client = connect(machine, 'ws://localhost', { handlers: { confirm: ({ input }) => input.question === '' } })
  expectTypeOf(client.api.sensors.latest).toBeCallableWith({ sensor: 'cpu' })
  expectTypeOf(client.api.sensors.latest({ sensor: 'cpu' })).resolves.toEqualTypeOf<{ sensor: string; value: number }>()
  expectTypeOf(client.state.value).toEqualTypeOf<{ user: string } | undefined>()
  // @ts-expect-error the input is wrong
  client.api.sensors.latest({ sensor: 7 })
  // @ts-expect-error there is no such topic parameter
  client.events.reading.subscribe({ sensro: 'cpu' }, { next() {} })
  // @ts-expect-error there is no such procedure
  client.api.sensors.latset({ sensor: 'cpu' })
})

test('an error code that is not declared does not compile', async () => {
  const client = connect(machine, 'ws://localhost', { handlers: { confirm: () => true } })
  const answer = await client.api.sensors.latest.safe({ sensor: 'cpu' })
  if (answer.ok) return
  if (answer.error.code === 'NO_SUCH_SENSOR') expectTypeOf(answer.error.data).toEqualTypeOf<{ known: string[] }>()
  // @ts-expect-error no such code
  if (answer.error.code === 'NO_SUCH_SENSR') return
})

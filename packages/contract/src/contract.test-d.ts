import * as v from 'valibot'
import { describe, expectTypeOf, it } from 'vitest'
import { z } from 'zod'
import * as mini from 'zod/mini'
import {
  contract,
  type ErrorsOf,
  event,
  type HandlerInputOf,
  type HandlerOutputOf,
  type InputOf,
  isDeclaredError,
  notification,
  type OutputOf,
  type PayloadOf,
  type PublishedOf,
  procedure,
  type SnapshotOf,
  type StateOf,
  type TopicOf,
  type WrittenStateOf,
} from './index.ts'

const Reading = z.object({ sensor: z.string(), value: z.number(), at: z.date() })

const machine = contract({
  server: {
    sensors: {
      list: procedure({ output: z.array(z.string()) }),
      latest: procedure({
        input: z.object({ sensor: z.string() }),
        output: Reading,
        idempotent: true,
        errors: { NO_SUCH_SENSOR: z.object({ known: z.array(z.string()) }), ASLEEP: null },
      }),
      history: procedure({ input: z.object({ sensor: z.string() }), yields: Reading }),
    },
    tell: notification({ input: z.string() }),
    parse: procedure({
      input: z.object({ at: z.string().transform((text) => new Date(text)), limit: z.number().default(10) }),
      output: z.object({ total: z.number().transform(String) }),
    }),
  },
  client: { confirm: procedure({ input: z.object({ question: z.string() }), output: z.boolean() }) },
  events: {
    reading: event({ topic: z.object({ sensor: z.string() }), payload: Reading, snapshot: z.array(Reading) }),
    alarms: { raised: event({ payload: z.object({ text: z.string(), level: z.number().default(1) }), onGap: 'skip' }) },
  },
  state: z.object({ user: z.string(), since: z.number().transform((ms) => new Date(ms)) }),
})

const { sensors, parse, tell } = machine.server

describe('types of procedures', () => {
  it('callers see what goes in and what comes out', () => {
    expectTypeOf<InputOf<typeof sensors.latest>>().toEqualTypeOf<{ sensor: string }>()
    expectTypeOf<OutputOf<typeof sensors.latest>>().toEqualTypeOf<{ sensor: string; value: number; at: Date }>()
    expectTypeOf<InputOf<typeof tell>>().toEqualTypeOf<string>()
  })

  it('what is left out is nothing', () => {
    expectTypeOf<InputOf<typeof sensors.list>>().toEqualTypeOf<void>()
    expectTypeOf<OutputOf<typeof sensors.history>>().toEqualTypeOf<void>()
    expectTypeOf<keyof ErrorsOf<typeof sensors.list>>().toEqualTypeOf<never>()
    expectTypeOf<OutputOf<typeof tell>>().toEqualTypeOf<never>()
  })

  it('handlers see the other side of each schema', () => {
    expectTypeOf<InputOf<typeof parse>>().toEqualTypeOf<{ at: string; limit?: number | undefined }>()
    expectTypeOf<HandlerInputOf<typeof parse>>().toEqualTypeOf<{ at: Date; limit: number }>()
    expectTypeOf<HandlerOutputOf<typeof parse>>().toEqualTypeOf<{ total: number }>()
    expectTypeOf<OutputOf<typeof parse>>().toEqualTypeOf<{ total: string }>()
  })

  it('declared errors keep their data', () => {
    expectTypeOf<ErrorsOf<typeof sensors.latest>>().toEqualTypeOf<{
      readonly NO_SUCH_SENSOR: { known: string[] }
      // biome-ignore lint/suspicious/noConfusingVoidType: an error declared with null has no data
      readonly ASLEEP: void
    }>()
  })
})

describe('types of events and state', () => {
  it('subscribers and publishers see two sides of the payload', () => {
    expectTypeOf<PayloadOf<typeof machine.events.reading>>().toEqualTypeOf<z.output<typeof Reading>>()
    expectTypeOf<PayloadOf<typeof machine.events.alarms.raised>>().toEqualTypeOf<{ text: string; level: number }>()
    expectTypeOf<PublishedOf<typeof machine.events.alarms.raised>>().toEqualTypeOf<{
      text: string
      level?: number | undefined
    }>()
  })

  it('a topic or a snapshot that is left out is nothing', () => {
    expectTypeOf<TopicOf<typeof machine.events.reading>>().toEqualTypeOf<{ sensor: string }>()
    expectTypeOf<SnapshotOf<typeof machine.events.reading>>().toEqualTypeOf<z.output<typeof Reading>[]>()
    expectTypeOf<TopicOf<typeof machine.events.alarms.raised>>().toEqualTypeOf<void>()
    expectTypeOf<SnapshotOf<typeof machine.events.alarms.raised>>().toEqualTypeOf<void>()
  })

  it('state is written as input and read as output', () => {
    expectTypeOf<StateOf<typeof machine>>().toEqualTypeOf<{ user: string; since: Date }>()
    expectTypeOf<WrittenStateOf<typeof machine>>().toEqualTypeOf<{ user: string; since: number }>()
    expectTypeOf<StateOf<ReturnType<typeof stateless>>>().toEqualTypeOf<void>()
  })

  const stateless = () => contract({ server: { list: sensors.list } })
})

describe('schemas of other libraries', () => {
  it('zod/mini', () => {
    const add = procedure({ input: mini.object({ by: mini.number() }), output: mini.optional(mini.string()) })
    expectTypeOf<InputOf<typeof add>>().toEqualTypeOf<{ by: number }>()
    expectTypeOf<OutputOf<typeof add>>().toEqualTypeOf<string | undefined>()
  })

  it('any that follows Standard Schema', () => {
    const add = procedure({
      input: v.object({ by: v.optional(v.number(), 1) }),
      output: v.pipe(v.string(), v.transform(Number)),
    })
    expectTypeOf<InputOf<typeof add>>().toEqualTypeOf<{ by?: number | undefined }>()
    expectTypeOf<HandlerInputOf<typeof add>>().toEqualTypeOf<{ by: number }>()
    expectTypeOf<HandlerOutputOf<typeof add>>().toEqualTypeOf<string>()
    expectTypeOf<OutputOf<typeof add>>().toEqualTypeOf<number>()
  })
})

describe('misuse does not compile', () => {
  it('a schema has to be one', () => {
    // @ts-expect-error a plain object is not a schema
    procedure({ input: { sensor: 'string' } })
    // @ts-expect-error neither for a declared error
    procedure({ errors: { GONE: 'gone' } })
    // @ts-expect-error nor for the state
    contract({ state: { user: 'string' } })
  })

  it('a misspelt option', () => {
    // @ts-expect-error `outptu` is no option
    procedure({ outptu: z.string() })
    // @ts-expect-error `topc` is no option
    event({ topc: z.string(), payload: z.string(), onGap: 'skip' })
    // @ts-expect-error `event` is no part of a contract
    contract({ event: {} })
  })

  it('everything has its place', () => {
    // @ts-expect-error a schema is not a procedure
    contract({ server: { list: z.string() } })
    // @ts-expect-error an event is not a procedure
    contract({ server: { changed: event({ payload: z.string(), onGap: 'skip' }) } })
    // @ts-expect-error a procedure is not an event, in a namespace either
    contract({ events: { a: { b: procedure({}) } } })
  })

  it('an event says what follows a gap, once', () => {
    // @ts-expect-error neither snapshot nor onGap
    event({ payload: z.string() })
    // @ts-expect-error both
    event({ payload: z.string(), snapshot: z.string(), onGap: 'skip' })
    // @ts-expect-error `wait` is no answer to a gap
    event({ payload: z.string(), onGap: 'wait' })
  })

  it('an event says what a slow subscriber gets; the key of the newest is made of the payload as it is received', () => {
    event({ payload: z.string(), onGap: 'skip', whenSlow: 'drop' })
    event({
      payload: z.object({ id: z.string().default('') }),
      onGap: 'skip',
      whenSlow: {
        latest: (payload) => {
          expectTypeOf(payload).toEqualTypeOf<{ id: string }>()
          return payload.id
        },
      },
    })
    // @ts-expect-error a key is a text
    event({ payload: z.number(), onGap: 'skip', whenSlow: { latest: (payload: number) => payload } })
    // @ts-expect-error `wait` is no policy
    event({ payload: z.number(), onGap: 'skip', whenSlow: 'wait' })
  })
})

describe('declared errors, caught', () => {
  const caught: unknown = undefined

  it('narrow by code', () => {
    if (!isDeclaredError(sensors.latest, caught)) throw caught
    expectTypeOf(caught.code).toEqualTypeOf<'NO_SUCH_SENSOR' | 'ASLEEP'>()
    if (caught.code === 'NO_SUCH_SENSOR') expectTypeOf(caught.data).toEqualTypeOf<{ known: string[] }>()
    else expectTypeOf(caught.data).toEqualTypeOf<void>()
  })

  it('narrow to the one asked for', () => {
    if (isDeclaredError(sensors.latest, caught, 'NO_SUCH_SENSOR')) {
      expectTypeOf(caught.code).toEqualTypeOf<'NO_SUCH_SENSOR'>()
      expectTypeOf(caught.data.known).toEqualTypeOf<string[]>()
    }
    // @ts-expect-error the procedure does not declare this one
    isDeclaredError(sensors.latest, caught, 'NO_SUCH_ROOM')
  })
})

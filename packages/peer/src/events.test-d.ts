import { contract, event } from '@wirepact/contract'
import type { WirepactError } from '@wirepact/protocol'
import { describe, expectTypeOf, it } from 'vitest'
import { z } from 'zod'
import type { EventHandlers } from './event-handlers.ts'
import type { EventMemberships, EventPublishers } from './event-publishers.ts'
import type { EventReceivers } from './event-receivers.ts'
import type { Listening, Subscription } from './subscription.ts'
import type { Gap } from './wire-subscription.ts'

const machine = contract({
  events: {
    reading: event({
      topic: z.object({ sensor: z.string(), unit: z.string().default('C') }),
      payload: z.object({ value: z.number(), at: z.number().transform((ms) => new Date(ms)) }),
      snapshot: z.array(z.number()),
    }),
    alarms: { raised: event({ payload: z.string(), onGap: 'skip' }) },
  },
})

type Events = typeof machine.events
type Payload = { value: number; at: Date }

declare const events: EventReceivers<Events>
declare const publishers: EventPublishers<Events>
declare const memberships: EventMemberships<Events>
const signal = new AbortController().signal

describe('receiving', () => {
  it('an event with topics takes the topic first', () => {
    const subscription = events.reading.subscribe(
      { sensor: 'cpu' },
      {
        next: (payload) => expectTypeOf(payload).toEqualTypeOf<Payload>(),
        gap: (gap) => expectTypeOf(gap).toEqualTypeOf<Gap>(),
        dropped: (count) => expectTypeOf(count).toEqualTypeOf<number>(),
        snapshot: (value) => expectTypeOf(value).toEqualTypeOf<number[]>(),
        ended: (error) => expectTypeOf(error).toEqualTypeOf<WirepactError<string> | undefined>(),
      },
      { signal, whenSlow: 'drop' },
    )
    // @ts-expect-error `wait` is no policy
    events.alarms.raised.subscribe({ next() {} }, { whenSlow: 'wait' })
    expectTypeOf(subscription).toEqualTypeOf<Subscription>()
    using _listening = events.reading.subscribe({ sensor: 'cpu' }, { next() {} })
  })

  it('an event without topics does not', () => {
    events.alarms.raised.subscribe({ next: (payload) => expectTypeOf(payload).toEqualTypeOf<string>() })
    // @ts-expect-error there is no topic to name
    events.alarms.raised.subscribe({ sensor: 'cpu' }, { next() {} })
  })

  it('can be looped over', async () => {
    for await (const payload of events.reading({ sensor: 'cpu' }, { signal, maxQueued: 10, snapshot: () => {} })) {
      expectTypeOf(payload).toEqualTypeOf<Payload>()
    }
    for await (const payload of events.alarms.raised()) expectTypeOf(payload).toEqualTypeOf<string>()
    using _listening = events.alarms.raised({ gap: (gap) => expectTypeOf(gap).toEqualTypeOf<Gap>() })
  })

  it('hears topics that the server chose, parsed', () => {
    const listening = events.reading.joined({
      next(payload, topic) {
        expectTypeOf(payload).toEqualTypeOf<Payload>()
        expectTypeOf(topic).toEqualTypeOf<{ sensor: string; unit: string }>()
      },
      joined: (topic) => expectTypeOf(topic).toEqualTypeOf<{ sensor: string; unit: string }>(),
    })
    expectTypeOf(listening).toEqualTypeOf<Listening>()
  })

  it('refuses an unknown parameter, and a snapshot that the contract does not declare', () => {
    // @ts-expect-error `sensr` is not a parameter of the topic
    events.reading.subscribe({ sensr: 'cpu' }, { next() {} })
    // @ts-expect-error `sensor` is a string
    events.reading({ sensor: 5 })
    // @ts-expect-error somebody has to hear the payloads
    events.reading.subscribe({ sensor: 'cpu' }, { snapshot() {} })
    // @ts-expect-error no snapshot ever comes
    events.alarms.raised.subscribe({ next() {}, snapshot() {} })
    // @ts-expect-error nor to a loop
    events.alarms.raised({ snapshot() {} })
  })
})

describe('publishing', () => {
  it('passes what the schemas accept', () => {
    expectTypeOf(publishers.reading.publish({ sensor: 'cpu' }, { value: 1, at: 0 })).toEqualTypeOf<Promise<void>>()
    publishers.alarms.raised.publish('hot')
    // @ts-expect-error the topic is missing
    publishers.reading.publish({ value: 1, at: 0 })
    // @ts-expect-error `at` is a number before it is parsed
    publishers.reading.publish({ sensor: 'cpu' }, { value: 1, at: new Date() })
    // @ts-expect-error the payload is a string
    publishers.alarms.raised.publish({ text: 'hot' })
  })

  it('joins and leaves topics', () => {
    expectTypeOf(memberships.reading.join({ sensor: 'cpu' })).toEqualTypeOf<Promise<void>>()
    memberships.reading.leave({ sensor: 'cpu', unit: 'F' })
    memberships.alarms.raised.join()
    // @ts-expect-error the topic is missing
    memberships.reading.join()
    // @ts-expect-error there is no topic to name
    memberships.alarms.raised.join({ sensor: 'cpu' })
  })
})

describe('handling', () => {
  type Handling = EventHandlers<Events, { user: string }, { id: number }>
  const take = (_handling: Handling) => {}

  it('sees parsed topics and payloads', () => {
    take({
      reading: {
        authorize({ topic, context, connection }) {
          expectTypeOf(topic).toEqualTypeOf<{ sensor: string; unit: string }>()
          expectTypeOf(context).toEqualTypeOf<{ user: string }>()
          return connection.id > 0
        },
        filter: ({ payload }) => payload.at.getTime() > 0,
        snapshot: async ({ topic }) => [topic.sensor.length],
        async source({ publish, signal, topic }) {
          expectTypeOf(signal).toEqualTypeOf<AbortSignal>()
          await publish({ value: topic.sensor.length, at: 5 })
        },
      },
      alarms: { raised: { authorize: async ({ topic }) => topic === undefined } },
    })
  })

  it('may leave out an event, unless it has a snapshot that somebody must take', () => {
    take({ reading: { snapshot: () => [] } })
    // @ts-expect-error `reading` has a snapshot
    take({})
    // @ts-expect-error and who takes it?
    take({ reading: { filter: () => true } })
    // @ts-expect-error this one has none
    take({ reading: { snapshot: () => [] }, alarms: { raised: { snapshot: () => [] } } })
  })

  it('has to answer whether a subscriber may listen', () => {
    // @ts-expect-error it does not say
    take({ reading: { snapshot: () => [], authorize: () => {} } })
  })
})

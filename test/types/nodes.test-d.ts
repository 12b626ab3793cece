import { contract, event, notification, procedure } from '@wirepact/contract'
import type { Call, Notify, TopicListeners } from '@wirepact/peer'
import type { WirepactError } from '@wirepact/protocol'
import type { NodeAnswer, Server } from '@wirepact/server'
import { describe, expectTypeOf, it } from 'vitest'
import { z } from 'zod'

const machine = contract({
  client: {
    confirm: procedure({
      input: z.object({ question: z.string() }),
      output: z.boolean(),
      errors: { BUSY: z.object({ forMs: z.number() }) },
    }),
    screen: {
      draw: procedure({ input: z.string().optional() }),
      clear: notification(),
      record: procedure({ yields: z.number() }),
    },
    upload: procedure({ accepts: z.string() }),
  },
  events: {
    reading: event({ topic: z.object({ sensor: z.string() }), payload: z.number(), onGap: 'skip' }),
    alarm: event({ payload: z.string(), onGap: 'skip' }),
  },
})

declare const server: Server<typeof machine, undefined>
const { api, all } = server.nodes.of('ann')

describe('the clients of a principal, on any node', () => {
  it('are called as those of this node are', () => {
    expectTypeOf(api.confirm).toEqualTypeOf<Call<{ question: string }, boolean, { readonly BUSY: { forMs: number } }>>()
    expectTypeOf(api.screen.draw).returns.toEqualTypeOf<Promise<void>>()
    expectTypeOf(api.screen.clear).toEqualTypeOf<Notify<void>>()
    // @ts-expect-error an input is what the contract says
    void api.confirm({ question: 5 })
  })

  it('have no streams: those belong to one connection', () => {
    // @ts-expect-error it yields
    void api.screen.record
    // @ts-expect-error it accepts
    void api.upload
    // @ts-expect-error nor for all of them
    void all.upload
  })

  it('answer each for itself when all are called', () => {
    expectTypeOf(all.confirm({ question: '' })).resolves.toEqualTypeOf<
      readonly NodeAnswer<boolean, { readonly BUSY: { forMs: number } }>[]
    >()
    type Answer = NodeAnswer<boolean, { readonly BUSY: { forMs: number } }>
    const told = (answer: Answer) => {
      if (answer.ok) return expectTypeOf(answer.value).toEqualTypeOf<boolean>()
      if (answer.error.code === 'BUSY')
        expectTypeOf(answer.error).toEqualTypeOf<WirepactError<'BUSY', { forMs: number }>>()
      return expectTypeOf(answer.connection).toEqualTypeOf<string | undefined>()
    }
    void told
    void all.screen.clear()
  })
})

describe('the listeners of a topic', () => {
  it('are asked for with what names it', () => {
    expectTypeOf(server.events.reading.listeners({ sensor: 'cpu' })).resolves.toEqualTypeOf<TopicListeners>()
    expectTypeOf(server.events.alarm.listeners({ maxAgeMs: 0 })).resolves.toEqualTypeOf<TopicListeners>()
    // @ts-expect-error it has a topic
    void server.events.reading.listeners()
  })
})

import { contract, notification, procedure } from '@wirepact/contract'
import type { WirepactError } from '@wirepact/protocol'
import { describe, expectTypeOf, it } from 'vitest'
import { z } from 'zod'
import type { DuplexStream, ItemStream, ItemWriter } from './item-stream.ts'
import type { Call, Remote } from './remote.ts'

const machine = contract({
  server: {
    list: procedure({ output: z.array(z.string()) }),
    sensors: {
      latest: procedure({
        input: z.object({ sensor: z.string() }),
        output: z.object({ value: z.number(), at: z.date() }),
        errors: { NO_SUCH_SENSOR: z.object({ known: z.array(z.string()) }), ASLEEP: null },
      }),
      filtered: procedure({ input: z.object({ prefix: z.string() }).optional(), output: z.number() }),
      parsed: procedure({
        input: z.string().transform((text) => new Date(text)),
        output: z.number().transform(String),
      }),
      history: procedure({ input: z.object({ sensor: z.string() }), yields: z.number() }),
      ingest: procedure({
        accepts: z.string().transform((text) => text.length),
        output: z.object({ stored: z.number() }),
      }),
      probe: procedure({ input: z.string(), accepts: z.number(), yields: z.date() }),
    },
    log: notification({ input: z.string() }),
    touch: notification(),
  },
})

declare const api: Remote<typeof machine.server>
const signal = new AbortController().signal

describe('a call', () => {
  it('reads as input and output', () => {
    expectTypeOf(api.sensors.latest).toEqualTypeOf<
      Call<
        { sensor: string },
        { value: number; at: Date },
        // biome-ignore lint/suspicious/noConfusingVoidType: an error declared with null has no data
        { readonly NO_SUCH_SENSOR: { known: string[] }; readonly ASLEEP: void }
      >
    >()
    expectTypeOf(api.sensors.latest({ sensor: 'cpu' })).toEqualTypeOf<Promise<{ value: number; at: Date }>>()
  })

  it('takes options second, whether or not it has an input', () => {
    api.sensors.latest({ sensor: 'cpu' }, { signal, timeoutMs: 2_000, key: 'once' })
    expectTypeOf(api.list()).toEqualTypeOf<Promise<string[]>>()
    api.list(undefined, { timeoutMs: 2_000 })
    // @ts-expect-error the options are no input
    api.list({ timeoutMs: 2_000 })
    // @ts-expect-error `timeout` is no option
    api.list(undefined, { timeout: 2_000 })
  })

  it('may leave out an input that may be undefined, and no other', () => {
    expectTypeOf(api.sensors.filtered()).toEqualTypeOf<Promise<number>>()
    api.sensors.filtered({ prefix: 'cpu' }, { signal })
    // @ts-expect-error it needs its input
    api.sensors.latest()
  })

  it('passes what the schema accepts and gets what the other yields', () => {
    expectTypeOf(api.sensors.parsed('2020-01-01')).toEqualTypeOf<Promise<string>>()
  })

  it('refuses a wrong input', () => {
    // @ts-expect-error `sensor` is a string
    api.sensors.latest({ sensor: 1 })
    // @ts-expect-error `sensr` is not part of the input
    api.sensors.latest({ sensr: 'cpu' })
    // @ts-expect-error there is no such procedure
    api.sensors.newest({ sensor: 'cpu' })
  })

  it('is nothing but a function: namespaces have no other members', () => {
    // @ts-expect-error a namespace is not callable
    api.sensors()
    // @ts-expect-error nor can it be awaited
    api.sensors.then
  })
})

describe('safe', () => {
  it('is told apart by ok, and its error by code', async () => {
    const result = await api.sensors.latest.safe({ sensor: 'cpu' }, { signal })
    if (result.ok) {
      expectTypeOf(result.value).toEqualTypeOf<{ value: number; at: Date }>()
      return
    }
    const { error } = result
    if (error.code === 'NO_SUCH_SENSOR') expectTypeOf(error.data.known).toEqualTypeOf<string[]>()
    if (error.code === 'ASLEEP') expectTypeOf(error).toEqualTypeOf<WirepactError<'ASLEEP', void>>()
    if (error.code === 'deadline-exceeded') expectTypeOf(error.data).toEqualTypeOf<unknown>()
    // @ts-expect-error the procedure does not declare this one
    if (error.code === 'NO_SUCH_ROOM') throw error
  })

  it('has the closed codes alone where nothing is declared', async () => {
    const result = await api.list.safe()
    if (!result.ok) expectTypeOf(result.error).toEqualTypeOf<WirepactError>()
  })

  it('has no value before ok was asked', async () => {
    const result = await api.list.safe()
    // @ts-expect-error it may have failed
    result.value
  })
})

describe('a notification', () => {
  it('gives nothing back, takes no options, and cannot be safe', () => {
    expectTypeOf(api.log('text')).toEqualTypeOf<Promise<void>>()
    expectTypeOf(api.touch()).toEqualTypeOf<Promise<void>>()
    // @ts-expect-error its input is a string
    api.log(5)
    // @ts-expect-error there is no answer to make safe
    api.log.safe('text')
  })
})

describe('a stream that is yielded', () => {
  it('is looped over, has a result, and needs no await', () => {
    const stream = api.sensors.history({ sensor: 'cpu' }, { signal, timeoutMs: 5 })
    expectTypeOf(stream).toEqualTypeOf<ItemStream<number, void>>()
    expectTypeOf(stream.readable).toEqualTypeOf<ReadableStream<number>>()
    // @ts-expect-error a stream has no key: what it has brought cannot be brought again
    api.sensors.history({ sensor: 'cpu' }, { key: 'once' })
    // @ts-expect-error it accepts nothing
    api.sensors.history({ sensor: 'cpu' }, { items: [1] })
  })
})

describe('a stream that is accepted', () => {
  it('is written, or given: then there is only the result', () => {
    const writer = api.sensors.ingest()
    expectTypeOf(writer).toEqualTypeOf<ItemWriter<string, { stored: number }>>()
    expectTypeOf(writer.end()).toEqualTypeOf<Promise<{ stored: number }>>()
    expectTypeOf(api.sensors.ingest(undefined, { items: ['a'] })).toEqualTypeOf<Promise<{ stored: number }>>()
    // @ts-expect-error its items are strings before they are parsed
    writer.write(5)
    // @ts-expect-error likewise
    api.sensors.ingest(undefined, { items: [5] })
  })
})

describe('a stream both ways', () => {
  it('is both, or with its items given, one to read', () => {
    expectTypeOf(api.sensors.probe('x')).toEqualTypeOf<DuplexStream<number, Date, void>>()
    expectTypeOf(api.sensors.probe('x', { items: [1] })).toEqualTypeOf<ItemStream<Date, void>>()
  })
})

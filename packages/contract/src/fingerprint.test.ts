import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import * as mini from 'zod/mini'
import { type AnyProcedure, compile, contract, event, notification, procedure, type Schema } from './index.ts'

/** The hash of a procedure with this input. */
const ofInput = (input: Schema) => hashOf(procedure({ input }))
/** The hash of a procedure with this output. */
const ofOutput = (output: Schema) => hashOf(procedure({ output }))

function hashOf(one: AnyProcedure): string {
  return compile(contract({ server: { one } })).methods[0]?.hash as string
}

/** A schema of a library that reveals nothing about its shape. */
const opaque: Schema = { '~standard': { version: 1, vendor: 'test', validate: (value) => ({ value }) } }

describe('the fingerprint of a contract', () => {
  const reading = () => z.object({ sensor: z.string(), value: z.number() })
  const history = () => procedure({ input: z.object({ sensor: z.string() }), output: z.array(reading()) })
  const changed = () => event({ payload: reading(), onGap: 'skip' })
  const whole = {
    server: { history: history(), stop: notification() },
    client: { ask: history() },
    events: { changed: changed() },
  }
  const fingerprint = compile(contract({ ...whole, state: reading() })).fingerprint

  it('is the same in another order of keys and files', () => {
    const turned = z.object({ value: z.number(), sensor: z.string() })
    const events = { changed: event({ onGap: 'skip', payload: turned }) }
    const server = { stop: notification(), history: history() }
    expect(compile(contract({ state: turned, events, client: { ask: history() }, server })).fingerprint).toBe(
      fingerprint,
    )
  })

  it.each([
    ['a method more', { server: { ...whole.server, more: history() } }],
    ['a method less', { server: { history: history() } }],
    ['a method by another name', { server: { histories: history(), stop: notification() } }],
    ['a method on the other side', { server: { ...whole.server, ask: history() }, client: {} }],
    ['another shape', { client: { ask: procedure({}) } }],
    ['an event more', { events: { changed: changed(), more: changed() } }],
    ['another version', { client: { ask: procedure({ ...history(), version: 2 }) } }],
    ['no state', { state: undefined }],
  ])('is another with %s', (_, change) => {
    expect(compile(contract({ ...whole, state: reading(), ...change } as object)).fingerprint).not.toBe(fingerprint)
  })

  it('changes the hash of the changed method alone', () => {
    const before = compile(contract(whole))
    const optional = procedure({
      input: z.object({ sensor: z.string(), limit: z.number().optional() }),
      output: z.array(reading()),
    })
    const after = compile(contract({ ...whole, server: { ...whole.server, history: optional } }))
    expect(after.methods[0]?.hash).not.toBe(before.methods[0]?.hash)
    expect(after.methods[1]?.hash).toBe(before.methods[1]?.hash)
    expect(after.clientMethods[0]?.hash).toBe(before.clientMethods[0]?.hash)
    expect(after.events[0]?.hash).toBe(before.events[0]?.hash)
  })
})

describe('the hash of a method', () => {
  it('changes with everything that crosses the wire', () => {
    const text = z.string()
    const variants = [
      {},
      { input: text },
      { output: text },
      { yields: text },
      { accepts: text },
      { errors: { GONE: text } },
      { errors: { GONE: null } },
      { errors: { LOST: text } },
      { version: 1 },
      { version: '1' },
    ].map((options) => hashOf(procedure(options as Parameters<typeof procedure>[0])))
    const told = compile(contract({ server: { one: notification() } })).methods[0]?.hash
    expect(new Set([...variants, told]).size).toBe(11)
  })

  it('does not change with what only one side is concerned with', () => {
    expect(hashOf(procedure({ idempotent: true }))).toBe(hashOf(procedure({})))
  })

  it('does not depend on the order of errors', () => {
    expect(hashOf(procedure({ errors: { A: null, B: z.string() } }))).toBe(
      hashOf(procedure({ errors: { B: z.string(), A: null } })),
    )
  })
})

describe('the hash of an event', () => {
  const hashOfEvent = (changed: ReturnType<typeof event<Schema>>) =>
    compile(contract({ events: { changed } })).events[0]?.hash

  it('changes with all of it', () => {
    const payload = z.string()
    const variants = [
      event({ payload, onGap: 'skip' }),
      event({ payload, onGap: 'error' }),
      event({ payload: z.number(), onGap: 'skip' }),
      event({ payload, snapshot: payload }),
      event({ payload, topic: payload, onGap: 'skip' }),
      event({ payload, onGap: 'skip', version: 1 }),
      event({ payload, topic: z.string().transform(Number).pipe(z.number()), onGap: 'skip' }),
    ]
    expect(new Set(variants.map((one) => hashOfEvent(one as ReturnType<typeof event<Schema>>))).size).toBe(
      variants.length,
    )
  })

  it('does not change with what only the server is concerned with', () => {
    const payload = z.string()
    const hashes = [undefined, 'drop' as const, { latest: (text: string) => text }].map((whenSlow) =>
      hashOfEvent(event({ payload, onGap: 'skip', ...(whenSlow === undefined ? {} : { whenSlow }) })),
    )
    expect(new Set(hashes).size).toBe(1)
  })
})

describe('schemas of other libraries', () => {
  it('zod and zod/mini have the same hash for the same shape', () => {
    const full = z.object({
      a: z.string().optional(),
      b: z.array(z.number().int()),
      c: z.union([z.literal('x'), z.null()]),
    })
    const small = mini.object({
      c: mini.union([mini.literal('x'), mini.null()]),
      b: mini.array(mini.number().check(mini.int())),
      a: mini.optional(mini.string()),
    })
    expect(ofInput(small)).toBe(ofInput(full))
    expect(ofOutput(small)).toBe(ofOutput(full))
  })

  const described = (input: object, output: object = input): Schema => {
    const jsonSchema = { input: () => input, output: () => output }
    return {
      '~standard': { version: 1, vendor: 'test', validate: (value: unknown) => ({ value }), jsonSchema },
    } as Schema
  }
  const object = {
    type: 'object',
    properties: { title: { type: 'string' }, b: { type: 'number' } },
    required: ['b', 'title'],
  }

  it('one that gives JSON Schema is read through it, in any order and without annotations', () => {
    const turned = {
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      description: 'with a description',
      required: ['title', 'b'],
      properties: { b: { type: 'number', default: 1 }, title: { title: 'A title', type: 'string' } },
      type: 'object',
    }
    expect(ofInput(described(turned))).toBe(ofInput(described(object)))
    const untitled = { ...object, properties: { b: object.properties.b } }
    expect(ofInput(described(untitled))).not.toBe(ofInput(described(object)))
    expect(ofInput(described(object))).not.toBe(ofInput(opaque))
  })

  it('and on the side that crosses the wire', () => {
    const schema = described({ type: 'string' }, { type: 'number' })
    expect(ofInput(schema)).toBe(ofInput(described({ type: 'string' })))
    expect(ofOutput(schema)).toBe(ofOutput(described({ type: 'number' })))
  })

  it('a JSON schema is never the shape of a zod schema that has the same text', () => {
    expect(ofInput(described({}))).not.toBe(ofInput(z.object({})))
    expect(ofInput(described({ not: {} }))).not.toBe(ofInput(z.object({ not: z.object({}) })))
  })

  it('one that reveals nothing, or cannot be converted, hashes the version of its method', () => {
    const throwing = {
      '~standard': {
        ...opaque['~standard'],
        jsonSchema: {
          input: () => {
            throw new Error('unsupported')
          },
        },
      },
    } as Schema
    expect(ofInput(v.string())).toBe(ofInput(opaque))
    expect(ofInput(throwing)).toBe(ofInput(opaque))
    expect(hashOf(procedure({ input: opaque, version: 2 }))).not.toBe(ofInput(opaque))
    expect(ofInput(opaque)).not.toBe(hashOf(procedure({})))
  })
})

import { compile, contract, type MethodEntry, procedure, type Schema, shapeOf, validate } from '@wirepact/contract'
import { BinaryCodec, type Laid, type Layouts, ProtocolViolation, publicLimits } from '@wirepact/protocol'
import { composingShaper, generatingShaper } from '@wirepact/protocol/node'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { ContractShapes, type MethodShapes } from './contract-shapes.ts'
import { schemas } from './testing/arbitrary-schemas.ts'

const codec = new BinaryCodec(publicLimits)
const runs = { seed: Number(process.env.SEED ?? 1), numRuns: Number(process.env.RUNS ?? 300) }

function shapesOf(schema: Schema, shaper = generatingShaper): MethodShapes {
  const compiled = compile(contract({ server: { one: procedure({ input: schema, output: schema }) } }))
  return new ContractShapes(compiled, shaper).of(compiled.methods[0] as MethodEntry)
}

/** The call in bytes; undefined where the value cannot travel at all. */
function encode(input: unknown, laid: Laid | undefined): Uint8Array | undefined {
  try {
    const { bytes, start, end } = codec.encodeCall(1, 0, input, undefined, undefined, undefined, laid)
    return bytes.slice(start, end)
  } catch {
    return undefined
  }
}

function layoutsOf(given: Laid | undefined): Layouts {
  const laid = given as Laid
  return { input: () => laid, output: () => laid, payload: () => laid }
}

function decode(
  bytes: Uint8Array,
  laid: Laid | undefined,
): { readonly input?: unknown; readonly laid?: true | undefined } {
  return codec.decode(bytes, 0, bytes.length, false, layoutsOf(laid)) as { input?: unknown; laid?: true }
}

type Outcome = { readonly value: unknown } | 'refused'

function parse(schema: Schema, value: unknown): Outcome {
  const outcome = validate(schema, value)
  if (outcome instanceof Promise) throw new Error('an asynchronous schema')
  return outcome.issues === undefined ? { value: outcome.value } : 'refused'
}

describe('values laid out by shape, for any schema', () => {
  it('reach the handler as they do after a plain decode and validation', () => {
    let count = { laid: 0, exact: 0, plain: 0 }
    const property = fc.property(
      schemas.chain(({ schema, values }) => fc.tuple(fc.constant(schema), values)),
      ([schema, value]) => {
        const { input } = shapesOf(schema)
        const plain = encode(value, undefined)
        const bytes = encode(value, input?.writes as Laid | undefined)
        expect(bytes === undefined).toBe(plain === undefined)
        if (bytes === undefined || plain === undefined) return
        const expected = parse(schema, decode(plain, undefined).input)
        const got = decode(bytes, input?.laid)
        const unparsed = got.laid === true && input?.exact === true
        count = {
          laid: count.laid + Number(got.laid === true),
          exact: count.exact + Number(unparsed),
          plain: count.plain + Number(!got.laid),
        }
        expect(unparsed ? { value: got.input } : parse(schema, got.input)).toStrictEqual(expected)
      },
    )
    fc.assert(property, runs)
    console.log(`seed ${runs.seed}: ${JSON.stringify(count)}`)
    expect(count.exact).toBeGreaterThan(runs.numRuns / 20)
    expect(count.laid).toBeGreaterThan(count.exact)
  })

  it('reach the caller as validated outputs do after a plain decode', () => {
    const property = fc.property(
      schemas.chain(({ schema, values }) => fc.tuple(fc.constant(schema), values)),
      ([schema, value]) => {
        const { output } = shapesOf(schema)
        const parsed = parse(schema, value)
        const straight =
          output?.exact === true && value !== undefined
            ? codec.encodeResult(1, value, undefined, output.laid, true)
            : undefined
        if (straight !== undefined) {
          const bytes = straight.bytes.slice(straight.start, straight.end)
          bytes[0] = 0x81
          // As a call that has the same bytes after its id: method 0.
          const framed = Uint8Array.of(0x81, 1, 0, ...bytes.subarray(2))
          const plain = parsed === 'refused' ? undefined : encode(parsed.value, undefined)
          expect(parsed).not.toBe('refused')
          expect(decode(framed, output?.laid).input).toStrictEqual(decode(plain as Uint8Array, undefined).input)
        }
        if (parsed === 'refused') return
        const plain = encode(parsed.value, undefined)
        const bytes = encode(parsed.value, output?.writes as Laid | undefined)
        if (plain === undefined || bytes === undefined) return
        expect(decode(bytes, output?.laid).input).toStrictEqual(decode(plain, undefined).input)
      },
    )
    fc.assert(property, runs)
  })

  it('are the same bytes, and the same values, with and without generated code', () => {
    const property = fc.property(
      schemas.chain(({ schema, values }) => fc.tuple(fc.constant(schema), values)),
      ([schema, value]) => {
        const [quick, plain] = [shapesOf(schema).input?.laid, shapesOf(schema, composingShaper).input?.laid]
        const bytes = encode(value, quick)
        expect(bytes).toEqual(encode(value, plain))
        if (bytes !== undefined) expect(decode(bytes, quick)).toStrictEqual(decode(bytes, plain))
      },
    )
    fc.assert(property, runs)
  })

  it('of hostile bytes are values of the schema or refused, whoever reads them', () => {
    let read = 0
    const mutations = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 }), fc.integer({ min: 0, max: 2 })), {
      maxLength: 3,
    })
    const property = fc.property(
      schemas.chain(({ schema, values }) => fc.tuple(fc.constant(schema), values, mutations)),
      ([schema, value, changes]) => {
        const { input } = shapesOf(schema)
        if (input === undefined) return
        const bytes = [...(encode(value, input.laid) ?? [0x81, 1, 0, 1, 2, 3])]
        bytes[0] = 0x81
        for (const [at, byte, how] of changes) {
          if (how === 0) bytes[3 + (at % Math.max(1, bytes.length - 3))] = byte
          else if (how === 1) bytes.splice(3 + (at % bytes.length), 1)
          else bytes.splice(3 + (at % bytes.length), 0, byte)
        }
        const outcomes = [input.laid, shapesOf(schema, composingShaper).input?.laid].map((laid) => {
          try {
            return { value: decode(Uint8Array.from(bytes), laid).input }
          } catch (error) {
            if (!(error instanceof ProtocolViolation)) throw error
            return error.closeCode
          }
        })
        expect(outcomes[0]).toStrictEqual(outcomes[1])
        const [outcome] = outcomes
        if (typeof outcome !== 'object') return
        read++
        if (input.exact) expect(parse(schema, outcome.value)).toStrictEqual(outcome)
      },
    )
    fc.assert(property, { ...runs, numRuns: runs.numRuns * 2 })
    expect(read).toBeGreaterThan(runs.numRuns / 20)
  })
})

describe('an option of a union that lacks what the value has', () => {
  const b = z.object({ k: z.literal('b'), x: z.string() })
  // The compiler knows of some that they tell no option from another, which is the point here.
  const lacking = (k: unknown) => z.discriminatedUnion('k', [z.object({ k: k as z.ZodLiteral<'a'> }), b])

  it.each([
    ['with a discriminator of null', lacking(z.null()), { k: 'b', x: 'y' }],
    ['with one that is undefined', lacking(z.undefined()), { k: 'b', x: 'y' }],
    ['with one that is caught', lacking(z.literal('a').catch('a')), { k: 'b', x: 'y' }],
    [
      'with one that its text does not tell from others',
      lacking(z.literal([Number.NaN, null] as never)),
      { k: 'b', x: 'y' },
    ],
    ['with one that becomes another', lacking(z.literal('a').transform(() => 'A')), { k: 'b', x: 'y' }],
    [
      'behind one with a field that is there and undefined',
      z.union([z.object({ a: z.string().optional(), c: z.string() }), z.object({ b: z.string() })]),
      { a: undefined, c: 'x', b: 'y' },
    ],
  ] as const)('%s is not laid out in its place', (_name, schema, value) => {
    const { input, output } = shapesOf(schema)
    const expected = parse(schema, value)
    expect(expected).not.toBe('refused')
    const got = decode(encode(value, input?.writes as Laid | undefined) as Uint8Array, input?.laid)
    expect(parse(schema, got.input)).toStrictEqual(expected)
    const { value: result } = expected as { value: unknown }
    const sent = encode(result, output?.writes as Laid | undefined) as Uint8Array
    expect(decode(sent, output?.laid).input).toStrictEqual(result)
  })

  it('keeps no union from being laid out whose options say which they are', () => {
    const schema = lacking(z.literal('a').optional())
    expect(shapeOf(schema, 'in')).toMatchObject({ faithful: true, exact: true })
    const nested = z.discriminatedUnion('k', [schema, z.object({ k: z.enum(['c', 'd']).nullable() })])
    expect(shapeOf(nested, 'in')).toMatchObject({ faithful: true, exact: true })
  })
})

/** The same as a schema of another library, which reveals itself as JSON Schema and in no other way. */
function asStandard(schema: z.ZodType): Schema {
  const { validate, jsonSchema } = schema['~standard']
  const standard = { version: 1, vendor: 'another', validate, jsonSchema } as const
  return { '~standard': standard } as Schema
}

describe('values laid out by the shape of a JSON schema', () => {
  it('are what they are as plain values, for any schema, whoever writes and reads them', () => {
    let laidOut = 0
    const property = fc.property(
      schemas.chain(({ schema, values }) => fc.tuple(fc.constant(schema), values)),
      ([schema, value]) => {
        const standard = asStandard(schema)
        const { input } = shapesOf(standard)
        expect(input?.exact ?? false).toBe(false)
        const plain = encode(value, undefined)
        const bytes = encode(value, input?.writes as Laid | undefined)
        expect(bytes).toEqual(encode(value, shapesOf(standard, composingShaper).input?.writes as Laid | undefined))
        expect(bytes === undefined).toBe(plain === undefined)
        if (bytes === undefined || plain === undefined) return
        const expected = decode(plain, undefined).input
        for (const shaper of [generatingShaper, composingShaper]) {
          const got = decode(bytes, shapesOf(standard, shaper).input?.laid)
          laidOut += Number(got.laid === true)
          expect(got.input).toStrictEqual(expected)
        }
        expect(parse(standard, decode(bytes, input?.laid).input)).toStrictEqual(parse(standard, expected))
      },
    )
    fc.assert(property, runs)
    expect(laidOut).toBeGreaterThan(runs.numRuns / 5)
  })

  it('take as few bytes as those of zod', () => {
    const schema = z.object({ id: z.number(), kind: z.string(), unit: z.enum(['C', 'F']).optional() })
    const value = { kind: 'x', id: 5, unit: 'F' }
    const laid = shapesOf(asStandard(schema)).input?.writes as Laid
    expect(encode(value, laid)).toEqual(encode(value, shapesOf(schema).input?.writes as Laid))
    // What the schema makes of keys that it does not name is not known.
    expect(encode({ ...value, more: 1 }, laid)).toEqual(encode({ ...value, more: 1 }, undefined))
  })
})

describe('what is known of a schema', () => {
  const Reading = z.object({ sensor: z.string(), value: z.number(), unit: z.enum(['C', 'F']).optional() })
  const Node = z.object({
    value: z.number(),
    get next() {
      return Node.optional()
    },
  })

  it.each([
    ['an object', Reading, true, true],
    ['one with a rule', Reading.refine(() => true), true, false],
    ['one that complains of further keys', z.strictObject({ a: z.string() }), false, false],
    ['one that keeps further keys', z.looseObject({ a: z.string() }), false, false],
    ['a recursive one', Node, true, false],
    [
      'one of two objects, by a discriminator',
      z.discriminatedUnion('k', [z.object({ k: z.literal(1) }), z.object({ k: z.literal(2) })]),
      true,
      true,
    ],
    ['the first object that fits', z.union([z.object({ a: z.string() }), Reading]), true, false],
    ['the first object that its rule allows', z.union([z.object({ a: z.string().min(2) }), Reading]), false, false],
    ['exactly one', z.xor([z.string(), Reading]), false, false],
    ['a string that is changed', z.string().trim(), true, false],
    ['an integer', z.int(), true, true],
    ['an integer of 32 bits', z.int32(), true, false],
    ['a record', z.record(z.string(), z.number()), true, false],
  ] as const)('%s', (_name, schema, faithful, exact) => {
    expect(shapeOf(schema, 'in')).toMatchObject({ faithful, exact })
  })

  it('is nothing for what says nothing', () => {
    expect(shapeOf(z.unknown(), 'in')).toBeUndefined()
    expect(shapeOf(z.string().transform(Number), 'out')?.exact ?? false).toBe(false)
    expect(shapeOf(undefined, 'in')).toBeUndefined()
  })
})

it('a schema that says nothing of the whole value has it sent as it is, which is the same bytes, and needs no copy of large ones', () => {
  for (const schema of [z.instanceof(Uint8Array), z.unknown(), z.any(), z.custom<Date>()]) {
    for (const shaper of [generatingShaper, composingShaper]) {
      const { input, output } = shapesOf(schema, shaper)
      for (const shape of [input, output]) expect([shape?.writes, shape?.exact ?? false]).toEqual([undefined, false])
    }
  }
  expect(shapesOf(z.object({ bytes: z.instanceof(Uint8Array) })).input?.writes).toBeDefined()
})

import fc from 'fast-check'
import { z } from 'zod'

/** A schema, and values that somebody might send for it: many that fit, and some that do not. */
export interface SchemaAndValues {
  readonly schema: z.ZodType
  readonly values: fc.Arbitrary<unknown>
}

const names = ['a', 'b', 'kind', '$map', 'toString', 'constructor', 'é"\\', 'value']

const anything = fc.oneof(
  fc.constantFrom<unknown>(undefined, null, true, 0, -0, 7, 2 ** 53, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 5n),
  fc.constantFrom<unknown>('', 'x', 'abc', '\ud800', new Date(5), new Date(Number.NaN), new Uint8Array([1])),
  fc.constantFrom<unknown>({}, [], { a: 1 }, { kind: 'a', b: 2 }, new Map([[1, 2]]), [undefined]),
)

function mostly(values: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  return fc.oneof({ weight: 12, arbitrary: values }, { weight: 1, arbitrary: anything })
}

const finite = fc.double({ noDefaultInfinity: true, noNaN: true })
const whole = fc.maxSafeInteger()
const text = fc.string({ unit: 'grapheme', maxLength: 40 })

const leaf: fc.Arbitrary<SchemaAndValues> = fc.constantFrom<SchemaAndValues>(
  { schema: z.string(), values: text },
  { schema: z.string().min(2), values: text },
  { schema: z.string().trim(), values: text.map((it) => ` ${it}`) },
  { schema: z.number(), values: finite },
  { schema: z.number().positive(), values: finite },
  { schema: z.int(), values: whole },
  { schema: z.number().int(), values: whole },
  { schema: z.int32(), values: whole },
  { schema: z.boolean(), values: fc.boolean() },
  { schema: z.bigint(), values: fc.bigInt({ min: -(2n ** 70n), max: 2n ** 70n }) },
  { schema: z.date(), values: fc.date({ noInvalidDate: true }) },
  { schema: z.literal('one'), values: fc.constant('one') },
  { schema: z.literal([1, -5, null, true]), values: fc.constantFrom(1, -5, null, true) },
  { schema: z.enum(['red', 'green', 'blue']), values: fc.constantFrom('red', 'green', 'blue') },
  { schema: z.unknown(), values: anything },
  { schema: z.null(), values: fc.constant(null) },
  { schema: z.coerce.number(), values: fc.oneof(finite, text) },
  { schema: z.string().transform((it) => it.length), values: text },
  { schema: z.number().default(3), values: fc.option(finite, { nil: undefined }) },
  { schema: z.string().catch('?'), values: text },
  { schema: z.map(z.string(), z.number()), values: fc.constant(new Map([['k', 1]])) },
  { schema: z.tuple([z.string(), z.number()]), values: fc.tuple(text, finite) },
)

/** Objects of the schemas' kinds, with a key too many now and then. */
function objectOf(fields: readonly [string, SchemaAndValues, boolean][], kind: number): SchemaAndValues {
  const shape = Object.fromEntries(
    fields.map(([name, { schema }, isOptional]) => [name, isOptional ? schema.optional() : schema]),
  )
  const given = Object.fromEntries(fields.map(([name, { values }]) => [name, mostly(values)]))
  const requiredKeys = fields.filter(([, , isOptional]) => !isOptional).map(([name]) => name)
  const values = fc
    .tuple(fc.record(given, { requiredKeys }), fc.integer({ min: 0, max: 7 }), anything)
    .map(([value, extra, any]) => (extra === 0 ? { ...value, extra: any } : value))
  const schema = [z.object(shape), z.strictObject(shape), z.looseObject(shape), z.object(shape).refine(() => true)]
  return { schema: schema[kind] ?? z.object(shape), values }
}

/** Schemas of all kinds, nested. */
export const schemas: fc.Arbitrary<SchemaAndValues> = fc.letrec<{ node: SchemaAndValues }>((tie) => ({
  node: fc.oneof(
    { maxDepth: 3, depthSize: 'small' },
    { weight: 3, arbitrary: leaf },
    {
      weight: 4,
      arbitrary: fc
        .tuple(
          fc.uniqueArray(fc.tuple(fc.constantFrom(...names), tie('node'), fc.boolean()), {
            maxLength: 5,
            selector: ([name]) => name,
          }),
          fc.integer({ min: 0, max: 12 }),
        )
        .map(([fields, kind]) => objectOf(fields, kind)),
    },
    {
      weight: 1,
      arbitrary: tie('node').map(({ schema, values }) => ({
        schema: z.array(schema),
        values: fc.array(mostly(values), { maxLength: 4 }),
      })),
    },
    {
      weight: 1,
      arbitrary: tie('node').map(({ schema, values }) => ({
        schema: z.record(z.string(), schema),
        values: fc.dictionary(fc.constantFrom('p', 'q', '$r', ''), mostly(values), { maxKeys: 3 }),
      })),
    },
    {
      weight: 1,
      arbitrary: tie('node').map(({ schema, values }) => ({
        schema: schema.nullable(),
        values: fc.option(values),
      })),
    },
    {
      weight: 2,
      arbitrary: fc.tuple(tie('node'), tie('node'), tie('node')).map(([one, two, three]) => ({
        schema: z.union([one.schema, two.schema, three.schema]),
        values: fc.oneof(one.values, two.values, three.values),
      })),
    },
    {
      weight: 1,
      arbitrary: fc.tuple(tie('node'), tie('node')).map(([one, two]) => ({
        schema: z.discriminatedUnion('kind', [
          z.object({ kind: z.literal('a'), one: one.schema }),
          z.object({ kind: z.literal('b'), two: two.schema.optional() }),
        ]),
        values: fc.oneof(
          mostly(one.values).map((value) => ({ kind: 'a', one: value })),
          mostly(two.values).map((value) => ({ kind: 'b', two: value })),
          fc.constant({ kind: 'b', extra: 1 }),
        ),
      })),
    },
  ),
})).node

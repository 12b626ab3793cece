import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import * as mini from 'zod/mini'
import type { Schema } from './index.ts'
import { type Side, zodShape } from './zod-shape.ts'

/** What the compiler makes of `enum Level { low, high }`. */
const Level = { 0: 'low', 1: 'high', low: 0, high: 1 } as const

describe('the shape of one side of a zod schema', () => {
  // One column where both sides are the same.
  const golden: [Schema, string, string?][] = [
    [z.string(), 'string'],
    [z.email().min(3).brand('Mail'), 'string'],
    [z.number(), 'number'],
    [z.number().min(1), 'number'],
    [z.int(), 'int'],
    [z.number().int().max(9), 'int'],
    [z.uint32(), 'int'],
    [z.float32(), 'number'],
    [mini.number().check(mini.int()), 'int'],
    [z.bigint(), 'bigint'],
    [z.boolean(), 'boolean'],
    [z.date(), 'date'],
    [z.null(), 'null'],
    [z.undefined(), 'undefined'],
    [z.void(), 'void'],
    [z.any(), 'any'],
    [z.unknown(), 'unknown'],
    [z.never(), 'never'],
    [z.nan(), 'nan'],
    [z.templateLiteral(['a', z.number()]), 'template_literal'],
    [z.custom<Uint8Array>(), 'custom'],
    [z.instanceof(Date), 'custom'],
    [z.array(z.string()).min(1), 'array(string)'],
    [z.tuple([z.string(), z.number()]), 'tuple(string,number)'],
    [z.tuple([z.string()], z.number()), 'tuple(string;number)'],
    [z.union([z.string(), z.number()]), 'union(string,number)'],
    [z.union([z.number(), z.string()]), 'union(number,string)'],
    [z.discriminatedUnion('t', [z.object({ t: z.literal('a') })]), 'union({"t":literal("a")})'],
    [
      z.intersection(z.object({ a: z.string() }), z.object({ b: z.string() })),
      'intersection({"a":string};{"b":string})',
    ],
    [z.record(z.string(), z.number()), 'record(string;number)'],
    [z.map(z.string(), z.date()), 'map(string;date)'],
    [z.set(z.bigint()), 'set(bigint)'],
    [z.enum(['b', 'a']), 'literal("a","b")'],
    [z.enum(Level), 'literal(0,1)'],
    [z.literal(['x', 1, 1n, true, null, undefined]), 'literal("x",1,1n,null,true,undefined)'],
    [z.nullable(z.string()), 'nullable(string)'],
    [z.optional(z.string()), 'optional(string)'],
    [z.string().optional().nonoptional(), 'optional(string)'],
    [z.string().readonly(), 'string'],
    [z.promise(z.string()), 'string'],
    [z.lazy(() => z.string()), 'string'],
    // What is accepted is not what is yielded.
    [z.coerce.number(), 'any', 'number'],
    [z.string().default('x'), 'optional(string)', 'string'],
    [z.string().prefault('x'), 'optional(string)', 'string'],
    [z.string().catch('x'), 'any', 'string'],
    [z.string().transform(Number), 'string', 'transform'],
    [z.string().transform(Number).pipe(z.number()), 'string', 'number'],
    [z.preprocess(String, z.string()), 'transform', 'string'],
    [z.codec(z.string(), z.date(), { decode: (text) => new Date(text), encode: String }), 'string', 'date'],
    [z.stringbool(), 'string', 'boolean'],
    [z.success(z.string()), 'string', 'boolean'],
    // Objects.
    [z.object({ b: z.string(), a: z.int() }), '{"a":int,"b":string}'],
    [z.strictObject({ a: z.string() }), '{"a":string}'],
    [z.looseObject({ a: z.string() }), '{"a":string,*:unknown}'],
    [z.object({ a: z.string() }).catchall(z.number()), '{"a":string,*:number}'],
    [z.object({ 'a:b"': z.string() }), '{"a:b\\"":string}'],
    [z.object({ a: z.string().optional() }), '{"a"?:optional(string)}'],
    [z.object({ a: z.undefined() }), '{"a":undefined}'],
    [z.object({ a: z.string().default('x') }), '{"a"?:optional(string)}', '{"a":string}'],
    [z.object({ a: z.string().optional().transform(String) }), '{"a"?:optional(string)}', '{"a":transform}'],
  ]

  it.each(golden.map(([schema, input, output = input]) => ({ schema, input, output })))('$input / $output', (row) => {
    expect(zodShape(row.schema, 'in')).toBe(row.input)
    expect(zodShape(row.schema, 'out')).toBe(row.output)
  })

  it('says nothing about a schema of another library', () => {
    const other: Schema = { '~standard': { version: 1, vendor: 'test', validate: (value) => ({ value }) } }
    expect(zodShape(other, 'in')).toBeUndefined()
  })
})

describe('a recursive schema', () => {
  const Tree = z.object({
    value: z.string(),
    get children() {
      return z.array(Tree)
    },
  })

  it('is described once, with the distance to itself', () => {
    expect(zodShape(Tree, 'in')).toBe('{"children":array(^2),"value":string}')
  })

  it('is the same through z.lazy', () => {
    type Node = { value: string; children: Node[] }
    const Lazy: z.ZodType<Node> = z.lazy(() => z.object({ value: z.string(), children: z.array(Lazy) }))
    expect(zodShape(Lazy, 'out')).toBe('{"children":array(^3),"value":string}')
  })

  it('ends, however it is built', () => {
    const endless = (): z.ZodType => z.array(z.lazy(endless))
    expect(zodShape(endless(), 'in')).toContain('huge')
  })

  it('a schema that is used twice looks like two', () => {
    const shared = z.object({ a: z.string() })
    const twice = z.object({ x: shared, y: shared })
    const copies = z.object({ x: z.object({ a: z.string() }), y: z.object({ a: z.string() }) })
    expect(zodShape(twice, 'in')).toBe(zodShape(copies, 'in'))
  })

  it('is cut off, however its parts refer to each other', () => {
    const names = Array.from({ length: 12 }, (_, i) => `n${i}`)
    const all: z.ZodType[] = names.map((name, at) =>
      z.lazy(() =>
        z.object(Object.fromEntries(names.map((other, i) => [name + other, all[(at + i) % 12] as z.ZodType]))),
      ),
    )
    expect(zodShape(all[0] as z.ZodType, 'in')).toContain('huge')
  })
})

describe('any schema', () => {
  // A schema and the same one with the keys of its objects the other way round.
  const { pair } = fc.letrec<{ pair: [z.ZodType, z.ZodType] }>((tie) => {
    const leaf = fc.constantFrom(z.string(), z.int(), z.number(), z.boolean(), z.date(), z.null())
    const both = (make: (inner: z.ZodType) => z.ZodType) =>
      tie('pair').map(([a, b]): [z.ZodType, z.ZodType] => [make(a), make(b)])
    return {
      pair: fc.oneof(
        { maxDepth: 4 },
        leaf.map((schema): [z.ZodType, z.ZodType] => [schema, schema]),
        both((inner) => inner.optional()),
        both((inner) => z.array(inner)),
        fc
          .dictionary(
            fc.string({ maxLength: 3 }).filter((key) => key !== '__proto__'),
            tie('pair'),
            { maxKeys: 4 },
          )
          .map((fields): [z.ZodType, z.ZodType] => {
            const entries = Object.entries(fields)
            const objectOf = (side: 0 | 1) =>
              z.object(Object.fromEntries(entries.map(([key, two]) => [key, two[side]])))
            const forth = objectOf(0)
            entries.reverse()
            return [forth, objectOf(1)]
          }),
      ),
    }
  })

  it('has one shape, whatever the order of its keys', () => {
    fc.assert(
      fc.property(pair, fc.constantFrom<Side>('in', 'out'), ([schema, turned], side) => {
        expect(zodShape(turned, side)).toBe(zodShape(schema, side))
      }),
    )
  })

  it('has another shape with an optional field more', () => {
    fc.assert(
      fc.property(pair, ([schema]) => {
        const before = z.object({ inner: schema })
        const after = before.extend({ added: z.string().optional() })
        expect(zodShape(after, 'in')).not.toBe(zodShape(before, 'in'))
      }),
    )
  })
})

import type { StandardSchemaV1 } from '@standard-schema/spec'

/**
 * A schema of any library that follows Standard Schema (https://standardschema.dev).
 *
 * The first member says the same as the second for zod, whose schemas all carry `~standard` too. It is there for the
 * compiler: to compare a zod schema with the second member costs about 130 type instantiations, with the first none.
 */
export type Schema = { readonly _zod: object } | StandardSchemaV1

/**
 * What a schema accepts; `void` where a contract gives no schema. Read from zod's own property first, which the
 * compiler has at hand; `~standard.types` costs it twice as much, inferring through `StandardSchemaV1<infer I>` four
 * times.
 */
export type SchemaInput<S> = S extends { readonly _zod: { readonly input: unknown } }
  ? S['_zod']['input']
  : S extends StandardSchemaV1
    ? NonNullable<S['~standard']['types']>['input']
    : // biome-ignore lint/suspicious/noConfusingVoidType: a parameter of type void may be left out
      void

/** What a schema makes of what it accepts; `void` where a contract gives no schema. */
export type SchemaOutput<S> = S extends { readonly _zod: { readonly output: unknown } }
  ? S['_zod']['output']
  : S extends StandardSchemaV1
    ? NonNullable<S['~standard']['types']>['output']
    : // biome-ignore lint/suspicious/noConfusingVoidType: a promise of nothing reads best so
      void

/** `{ value }`, or `{ issues }` that say what is wrong with it. */
export type Validated<Value = unknown> = StandardSchemaV1.Result<Value>

export type Issue = StandardSchemaV1.Issue

/**
 * Runs a schema. The answer is a promise only when the schema is asynchronous: a promise per message would cost more
 * than most schemas do, so ask {@link isPending} before you await. Throws what the schema throws.
 */
export function validate(schema: Schema, value: unknown): Validated | Promise<Validated> {
  return (schema as StandardSchemaV1)['~standard'].validate(value)
}

/** Whether {@link validate} answered with a promise; a promise of another realm or library counts. */
export function isPending(validated: Validated | Promise<Validated>): validated is Promise<Validated> {
  return typeof (validated as { then?: unknown }).then === 'function'
}

/** Whether a value can be used as a {@link Schema}. Schemas of some libraries are functions. */
export function isSchema(value: unknown): value is Schema {
  return typeof (value as Partial<StandardSchemaV1> | null | undefined)?.['~standard']?.validate === 'function'
}

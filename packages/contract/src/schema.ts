import type { StandardSchemaV1 } from '@standard-schema/spec'

/**
 * A schema of any library that follows Standard Schema (https://standardschema.dev).
 *
 * The first member says the same as the second for zod, whose schemas all carry `~standard` too. It is there for the
 * compiler: to compare a zod schema with the second member costs about 130 type instantiations, with the first none.
 * The compiler tries members of a union in the order in which it met them, so both are written out here.
 */
export type Schema = { readonly _zod: object } | { readonly '~standard': StandardSchemaV1.Props }

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
export type Validation = StandardSchemaV1.Result<unknown>

export type Issue = StandardSchemaV1.Issue

/**
 * Runs a schema. The answer is a promise only when the schema is asynchronous: a promise per message would cost more
 * than most schemas do, so ask `instanceof Promise` before you await. A schema that throws makes it throw, or reject:
 * zod tries again as an asynchronous schema, and rejects.
 */
export function validate(schema: Schema, value: unknown): Validation | Promise<Validation> {
  return (schema as StandardSchemaV1)['~standard'].validate(value)
}

/** Whether a value can be used as a {@link Schema}. Schemas of some libraries are functions. */
export function isSchema(value: unknown): value is Schema {
  return typeof (value as Partial<StandardSchemaV1> | null | undefined)?.['~standard']?.validate === 'function'
}

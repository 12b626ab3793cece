import type { StandardJSONSchemaV1 } from '@standard-schema/spec'
import type { Schema } from './schema.ts'
import { hashText } from './text-hash.ts'
import { type Side, zodShape } from './zod-shape.ts'

// Two peers whose hashes for a method are equal may encode by shape. Different hashes cost speed, never correctness:
// validation is the judge then. So every doubt may be resolved towards "different".

/**
 * The schemas of a definition, each with the side that crosses the wire. The implementer parses inputs after they
 * crossed, and outputs before, as the publisher does with payloads. A subscriber sends its topic before it is parsed,
 * but a topic that the server chose arrives parsed.
 */
const crossings: readonly (readonly [member: keyof Definition, side: Side])[] = [
  ['input', 'in'],
  ['output', 'out'],
  ['yields', 'out'],
  ['accepts', 'in'],
  ['topic', 'in'],
  ['topic', 'out'],
  ['payload', 'out'],
  ['snapshot', 'out'],
]

/** What procedures, notifications, events and state have in common. */
export interface Definition {
  readonly kind: string
  readonly input?: Schema | undefined
  readonly output?: Schema | undefined
  readonly yields?: Schema | undefined
  readonly accepts?: Schema | undefined
  readonly topic?: Schema | undefined
  readonly payload?: Schema | undefined
  readonly snapshot?: Schema | undefined
  readonly errors?: { readonly [code: string]: Schema | null } | undefined
  readonly onGap?: string | undefined
  readonly version?: number | string | undefined
}

/**
 * The hash of everything that both ends must agree on to encode by shape. The version always takes part: it is all that
 * a schema without a readable shape has to say.
 */
export function hashDefinition(definition: Definition): string {
  const { kind, onGap, version, errors = {} } = definition
  const shapes = crossings.map(([member, side]) => shapeOf(definition[member] as Schema | undefined, side))
  const codes = Object.keys(errors).sort()
  return hashText(
    JSON.stringify([kind, onGap, version, shapes, codes.map((code) => [code, shapeOf(errors[code], 'out')])]),
  )
}

/** The canonical text of what crosses the wire, a JSON schema behind `?`; `?` alone for a schema that does not reveal it. */
function shapeOf(schema: Schema | null | undefined, side: Side): string {
  if (!schema) return ''
  try {
    // Marked: `{}` is an object without fields to us, and anything at all in JSON Schema.
    return zodShape(schema, side) ?? `?${jsonSchemaText(schema, side) ?? ''}`
  } catch {
    // "May throw if conversion is not supported" (Standard JSON Schema), and a getter of a lazy schema may, too.
    return '?'
  }
}

/** One side of a schema as JSON Schema, without what only documents it; undefined where it offers none. */
export function jsonSchemaText(schema: Schema, side: Side): string | undefined {
  const { jsonSchema } = (schema as Partial<StandardJSONSchemaV1>)['~standard'] as Partial<StandardJSONSchemaV1.Props>
  const convert = side === 'in' ? jsonSchema?.input : jsonSchema?.output
  return convert && JSON.stringify(convert({ target: 'draft-2020-12' }), sortKeys)
}

/** What documents a value rather than shaping it. */
const annotations = new Set(['$schema', '$comment', 'title', 'description', 'default', 'examples', 'deprecated'])

function sortKeys(key: string, value: unknown): unknown {
  if (Array.isArray(value)) return key === 'required' || key === 'enum' ? [...value].sort() : value
  if (typeof value !== 'object' || value === null) return value
  const object = value as Record<string, unknown>
  const keys = Object.keys(object).sort()
  // Under `properties` the keys are names of the user's, who may well call one `title`.
  return Object.fromEntries(
    keys.filter((name) => key === 'properties' || !annotations.has(name)).map((name) => [name, object[name]]),
  )
}

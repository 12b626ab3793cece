import type { StandardJSONSchemaV1 } from '@standard-schema/spec'
import type { AnyEvent } from './event.ts'
import type { AnyNotification, AnyProcedure } from './procedure.ts'
import type { Schema } from './schema.ts'
import { hashText } from './text-hash.ts'
import { type Side, zodShape } from './zod-shape.ts'

// Two peers whose hashes for a method are equal may encode by shape. Different hashes cost speed, never correctness:
// validation is the judge then. So every doubt may be resolved towards "different".

/** The hash of everything about a procedure or notification that both ends must agree on to encode by shape. */
export function hashMethod(method: AnyProcedure | AnyNotification): string {
  // Inputs cross the wire before they are parsed, outputs after: the implementer does both.
  const parts = [method.kind, shapeOf(method.input, 'in')]
  if (method.kind === 'procedure') {
    parts.push(shapeOf(method.output, 'out'), shapeOf(method.yields, 'out'), shapeOf(method.accepts, 'in'))
    for (const code of Object.keys(method.errors).sort()) parts.push(code, shapeOf(method.errors[code], 'out'))
  }
  return hashParts(parts, method.version)
}

/** As {@link hashMethod}, for an event. */
export function hashEvent({ topic, payload, snapshot, onGap, version }: AnyEvent): string {
  // A subscriber sends its topic before it is parsed; a topic that the server chose arrives parsed.
  const topics = [shapeOf(topic, 'in'), shapeOf(topic, 'out')]
  return hashParts(['event', ...topics, shapeOf(payload, 'out'), shapeOf(snapshot, 'out'), onGap ?? ''], version)
}

/** As {@link hashMethod}, for the state of a contract. */
export function hashState(schema: Schema): string {
  return hashParts(['state', shapeOf(schema, 'out')], undefined)
}

/** The version always takes part: it is all that a schema without a readable shape has to say. */
function hashParts(parts: readonly string[], version: number | string | undefined): string {
  return hashText(JSON.stringify([...parts, version ?? null]))
}

/** The canonical text of what crosses the wire; `?` for a schema that does not reveal it. */
function shapeOf(schema: Schema | null | undefined, side: Side): string {
  if (!schema) return ''
  try {
    return zodShape(schema, side) ?? jsonSchemaText(schema, side) ?? '?'
  } catch {
    // "May throw if conversion is not supported" (Standard JSON Schema), and a getter of a lazy schema may, too.
    return '?'
  }
}

function jsonSchemaText(schema: Schema, side: Side): string | undefined {
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

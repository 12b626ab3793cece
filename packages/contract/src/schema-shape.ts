import { jsonSchemaText } from './fingerprint.ts'
import { jsonShape } from './json-shape.ts'
import type { Schema } from './schema.ts'
import { zodExactness } from './zod-exactness.ts'
import { type Side, zodShape } from './zod-shape.ts'

/** What is known of one side of a schema whose shape can be read. */
export interface SchemaShape {
  /** Both peers have the same where their hashes are equal. */
  readonly text: string
  /** Whether a value may be laid out by it: parsing what arrives gives what parsing the value itself would have. */
  readonly faithful: boolean
  /** Whether exactly what can be laid out is what the schema accepts, and gives, so that there is nothing to parse. */
  readonly exact: boolean
  /**
   * Whether an object with a key that its shape does not name must not be laid out: it is not known what the schema makes
   * of such keys.
   */
  readonly closed: boolean
}

/** The shape of one side of a schema; undefined where it cannot be read, or says nothing. */
export function shapeOf(schema: Schema | undefined, side: Side): SchemaShape | undefined {
  if (schema === undefined) return undefined
  try {
    const text = zodShape(schema, side)
    if (text === undefined) return ofJsonSchema(schema, side)
    if (text === 'any' || text === 'unknown') return undefined
    return { text, closed: false, ...zodExactness(schema, side, text) }
  } catch {
    // A getter of a lazy schema may throw, and so may a conversion.
    return undefined
  }
}

// Nothing of a value is lost where unknown keys keep it from being laid out. Whether its rules hold, only the schema knows.
function ofJsonSchema(schema: Schema, side: Side): SchemaShape | undefined {
  const json = jsonSchemaText(schema, side)
  const text = json === undefined ? 'unknown' : jsonShape(json)
  return text === 'unknown' ? undefined : { text, faithful: true, exact: false, closed: true }
}

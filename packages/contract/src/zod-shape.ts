import type { Schema } from './schema.ts'

/** Which side of a schema crosses the wire: what it accepts (inputs, topics) or what it yields (all else). */
export type Side = 'in' | 'out'

// The part of zod's `_zod.def` (zod 4 and zod/mini alike) that says something about a value's shape. zod documents it
// for libraries such as this one; we read it without importing zod.
export interface ZodDefinition {
  readonly type: string
  readonly coerce?: boolean
  readonly shape?: Readonly<Record<string, ZodSchema>>
  readonly catchall?: ZodSchema
  readonly entries?: Readonly<Record<string, string | number>>
  readonly values?: readonly unknown[]
  readonly in?: ZodSchema
  readonly out?: ZodSchema
  readonly innerType?: ZodSchema
  readonly getter?: () => ZodSchema
  readonly format?: string
  /** False for a union of which exactly one option must fit. */
  readonly inclusive?: boolean
  readonly discriminator?: string
  readonly checks?: readonly { readonly _zod?: { readonly def: ZodDefinition } }[]
  readonly [part: string]: unknown
}

export interface ZodSchema {
  readonly _zod: {
    readonly def: ZodDefinition
    readonly optin?: string
    readonly optout?: string
    /** Names of what the schema is made of. */
    readonly traits?: ReadonlySet<string>
  }
}

interface Walk {
  readonly side: Side
  /** The schemas around the current one, outermost first: a recursive schema meets itself here. */
  readonly ancestors: ZodSchema[]
  nodes: number
}

/** Beyond either, a description says `huge`, like a schema that reveals nothing. */
const mostAncestors = 64
const mostNodes = 10_000

/** Where the definitions of containers and wrappers keep the schemas they are made of. */
const parts = ['element', 'items', 'rest', 'options', 'left', 'right', 'keyType', 'valueType', 'innerType']

/**
 * The canonical text of the shape of one side of a zod schema, or undefined for a schema of another library.
 *
 * What validation alone decides (lengths, formats of strings, brands, messages, strict or not) is left out, so that
 * tightening a rule does not change the shape. Whether a number is an integer is kept: an encoding may profit from it.
 */
export function zodShape(schema: Schema, side: Side): string | undefined {
  return '_zod' in schema ? describe(schema as ZodSchema, { side, ancestors: [], nodes: 0 }) : undefined
}

function describe(schema: ZodSchema, walk: Walk): string {
  const { ancestors } = walk
  // How far up, not which one in order of appearance: a schema that is shared must look like its copy.
  const known = ancestors.lastIndexOf(schema)
  if (known >= 0) return `^${ancestors.length - known}`
  if (ancestors.length > mostAncestors || ++walk.nodes > mostNodes) return 'huge'
  ancestors.push(schema)
  const text = describeDefinition(schema._zod.def, walk)
  ancestors.pop()
  return text
}

function describeDefinition(def: ZodDefinition, walk: Walk): string {
  const { type } = def
  const isInput = walk.side === 'in'
  const inner = () => describe((def.getter?.() ?? def.innerType) as ZodSchema, walk)
  switch (type) {
    case 'pipe':
      // Also codecs, transforms (`out` is a bare transform, which reveals nothing) and preprocessing (`in` is one).
      return describe((isInput ? def.in : def.out) as ZodSchema, walk)
    case 'default':
    case 'prefault':
      return isInput ? `optional(${inner()})` : inner()
    case 'catch':
      return isInput ? 'any' : inner()
    case 'success':
      return isInput ? inner() : 'boolean'
    case 'lazy':
    case 'readonly':
    case 'nonoptional':
    case 'promise':
      return inner()
    case 'object':
      return describeObject(def, walk)
    case 'enum':
    case 'literal':
      return `literal(${(def.values ?? enumValues(def.entries)).map(literal).sort()})`
  }
  // Coercion accepts anything.
  if (def.coerce && isInput) return 'any'
  if (type === 'number' && isInteger(def)) return 'int'
  // Containers with what they contain, in order: the first option of a union that fits decides what a value becomes.
  const contents = parts
    .filter((part) => def[part])
    .map((part) => [def[part] as ZodSchema | ZodSchema[]].flat().map((schema) => describe(schema, walk)))
  return contents.length > 0 ? `${type}(${contents.join(';')})` : type
}

function describeObject({ shape = {}, catchall }: ZodDefinition, walk: Walk): string {
  const fields = Object.keys(shape)
    .sort()
    .map((key) => {
      const field = shape[key] as ZodSchema
      const optional = walk.side === 'in' ? field._zod.optin : field._zod.optout
      return `${JSON.stringify(key)}${optional ? '?' : ''}:${describe(field, walk)}`
    })
  // Keys that a shape does not name are dropped, or an error: only a schema for them lets them through.
  if (catchall && catchall._zod.def.type !== 'never') fields.push(`*:${describe(catchall, walk)}`)
  return `{${fields}}`
}

function isInteger(def: ZodDefinition): boolean {
  return [def, ...(def.checks ?? []).map((check) => check._zod?.def)].some((found) => /int/.test(found?.format ?? ''))
}

/** A TypeScript enum of numbers also maps each number back to its name; those keys are not values. */
export function enumValues(entries: ZodDefinition['entries'] = {}): unknown[] {
  return Object.values(entries).filter((value) => typeof entries[value] !== 'number')
}

function literal(value: unknown): string {
  return typeof value === 'bigint' ? `${value}n` : (JSON.stringify(value) ?? 'undefined')
}

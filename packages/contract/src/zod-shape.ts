import type { Schema } from './schema.ts'

/** Which side of a schema crosses the wire: what it accepts (inputs, topics) or what it yields (all else). */
export type Side = 'in' | 'out'

// The part of zod's `_zod.def` (zod 4 and zod/mini alike) that says something about a value's shape. zod documents it
// for libraries such as this one; we read it without importing zod.
interface ZodDefinition {
  readonly type: string
  readonly coerce?: boolean
  readonly shape?: Readonly<Record<string, ZodSchema>>
  readonly catchall?: ZodSchema
  readonly element?: ZodSchema
  readonly items?: readonly ZodSchema[]
  readonly rest?: ZodSchema | null
  readonly options?: readonly ZodSchema[]
  readonly left?: ZodSchema
  readonly right?: ZodSchema
  readonly keyType?: ZodSchema
  readonly valueType?: ZodSchema
  readonly entries?: Readonly<Record<string, string | number>>
  readonly values?: readonly unknown[]
  readonly innerType?: ZodSchema
  readonly getter?: () => ZodSchema
  readonly in?: ZodSchema
  readonly out?: ZodSchema
  readonly format?: string
  readonly checks?: readonly { readonly _zod?: { readonly def: ZodDefinition } }[]
}

interface ZodSchema {
  readonly _zod: { readonly def: ZodDefinition; readonly optin?: string; readonly optout?: string }
}

/** Beyond either, a description says `huge`, like a schema that reveals nothing. */
const most = { depth: 64, nodes: 10_000 }

/**
 * The canonical text of the shape of one side of a zod schema, or undefined for a schema of another library.
 *
 * What validation alone decides (lengths, formats of strings, brands, messages, strict or not) is left out, so that
 * tightening a rule does not change the shape. Whether a number is an integer is kept: an encoding may profit from it.
 */
export function zodShape(schema: Schema, side: Side): string | undefined {
  return '_zod' in schema ? describe(schema as ZodSchema, { side, ancestors: [], nodes: 0 }) : undefined
}

interface Walk {
  readonly side: Side
  /** The schemas around the current one, outermost first: a recursive schema meets itself here. */
  readonly ancestors: ZodSchema[]
  nodes: number
}

function describe(schema: ZodSchema, walk: Walk): string {
  const { ancestors } = walk
  // How far up, not which one in order of appearance: a schema that is shared must look like its copy.
  const known = ancestors.lastIndexOf(schema)
  if (known >= 0) return `^${ancestors.length - known}`
  if (ancestors.length > most.depth || ++walk.nodes > most.nodes) return 'huge'
  ancestors.push(schema)
  const text = describeDefinition(schema._zod.def, walk)
  ancestors.pop()
  return text
}

function describeDefinition(def: ZodDefinition, walk: Walk): string {
  const at = (child: ZodSchema | null | undefined): string => (child ? describe(child, walk) : '')
  const isInput = walk.side === 'in'
  // Coercion accepts anything.
  if (def.coerce && isInput) return 'any'
  switch (def.type) {
    case 'number':
      return isInteger(def) ? 'int' : 'number'
    case 'object':
      return describeObject(def, walk)
    case 'array':
      return `[${at(def.element)}*]`
    case 'tuple':
      return `[${list(def.items, at)}|${at(def.rest)}*]`
    case 'union':
      // In their order: the first that fits decides what a value becomes, and an encoding may number them.
      return `(${list(def.options, at)})`
    case 'intersection':
      return `${at(def.left)}&${at(def.right)}`
    case 'record':
    case 'map':
      return `${def.type}<${at(def.keyType)},${at(def.valueType)}>`
    case 'set':
      return `set<${at(def.valueType)}>`
    case 'enum':
    case 'literal':
      return `<${(def.values ?? enumValues(def.entries)).map(literal).sort()}>`
    case 'nullable':
      return `null|${at(def.innerType)}`
    case 'optional':
      return `undefined|${at(def.innerType)}`
    case 'default':
    case 'prefault':
      return isInput ? `undefined|${at(def.innerType)}` : at(def.innerType)
    case 'catch':
      // Accepts anything, and yields what it wraps.
      return isInput ? 'any' : at(def.innerType)
    case 'success':
      return isInput ? at(def.innerType) : 'boolean'
    case 'lazy':
      return at(def.getter?.())
    case 'pipe':
      // Also codecs, transforms (`out` is a bare transform, which reveals nothing) and preprocessing (`in` is one).
      return at(isInput ? def.in : def.out)
    default:
      // Wrappers that change nothing (readonly, nonoptional, promise), then leaves, which are their own name.
      return at(def.innerType) || def.type
  }
}

function describeObject(def: ZodDefinition, walk: Walk): string {
  const { shape = {} } = def
  const fields = Object.keys(shape)
    .sort()
    .map((key) => {
      const field = shape[key] as ZodSchema
      const optional = walk.side === 'in' ? field._zod.optin : field._zod.optout
      return `${JSON.stringify(key)}${optional ? '?' : ''}:${describe(field, walk)}`
    })
  // Keys that a shape does not name are dropped, or an error: only a schema for them lets them through.
  const others = def.catchall ? describe(def.catchall, walk) : 'never'
  return `{${fields}${others === 'never' ? '' : `,*:${others}`}}`
}

function list(schemas: readonly ZodSchema[] | undefined, at: (schema: ZodSchema) => string): string {
  return (schemas ?? []).map(at).join()
}

function isInteger(def: ZodDefinition): boolean {
  const formats = [def, ...(def.checks ?? []).map((check) => check._zod?.def)]
  return formats.some((found) => /int/.test(found?.format ?? ''))
}

/** A TypeScript enum of numbers also maps each number back to its name; those keys are not values. */
function enumValues(entries: ZodDefinition['entries'] = {}): unknown[] {
  return Object.keys(entries).flatMap((key) =>
    typeof entries[entries[key] as string] === 'number' ? [] : [entries[key]],
  )
}

function literal(value: unknown): string {
  return typeof value === 'string' ? JSON.stringify(value) : `${String(value)}${typeof value === 'bigint' ? 'n' : ''}`
}

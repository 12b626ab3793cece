import type { Schema } from './schema.ts'
import { enumValues, type Side, type ZodDefinition, type ZodSchema } from './zod-shape.ts'

// A value that is laid out by the shape of its schema has lost what the shape does not mention, as it does in parsing:
// keys that an object does not name. For most schemas that changes nothing, or even replaces the parsing; what follows
// says for which. It looks at this side's own schema, and decides what this side sends and whether it parses: nothing of
// it takes part in how values are laid out. Every doubt is resolved towards "no".

/** Whether values may be laid out by the shape of a schema, and whether there is nothing to parse then. */
export function zodExactness(
  schema: Schema,
  side: Side,
  text: string,
): { readonly faithful: boolean; readonly exact: boolean } {
  const walk: Walk = { side, seen: new Set(), exact: new Map() }
  const faithful = isFaithful(schema as ZodSchema, walk)
  // What is too large to be described is not laid out any further.
  return { faithful, exact: faithful && !text.includes('huge') && isExact(schema as ZodSchema, walk) }
}

/** Schemas that are made of others, and where those are. */
const parts = ['element', 'items', 'rest', 'options', 'left', 'right', 'keyType', 'valueType', 'innerType', 'in', 'out']

function partsOf(def: ZodDefinition): ZodSchema[] {
  const inner = def.getter === undefined ? [] : [def.getter()]
  const fields = Object.values(def.shape ?? {})
  return [...inner, ...fields, ...parts.flatMap((part) => (def[part] ?? []) as ZodSchema | ZodSchema[])]
}

interface Walk {
  readonly side: Side
  readonly seen: Set<ZodSchema>
  /** What is known already; false for a schema that is being looked at, as a recursive one meets itself. */
  readonly exact: Map<ZodSchema, boolean>
}

function isFaithful(schema: ZodSchema, walk: Walk): boolean {
  if (walk.seen.has(schema)) return true
  walk.seen.add(schema)
  const { def } = schema._zod
  // One that complains of further keys has to see them; on the way out they are gone.
  if (def.type === 'object' && def.catchall !== undefined && walk.side === 'in') return false
  if (Object.keys(def.shape ?? {}).some(isInherited)) return false
  // The option that is laid out must be the one that parsing takes.
  if (def.type === 'union' && !isClear(def, walk)) return false
  return partsOf(def).every((part) => isFaithful(part, walk))
}

/** Parsing takes what every object inherits for a field that is there. (Some of these names no object may have.) */
function isInherited(name: string): boolean {
  return name in Object.prototype || name === 'prototype'
}

/** Whether the first option that a value fits by shape gives what the first that accepts it does. */
function isClear(def: ZodDefinition, walk: Walk): boolean {
  const options = (def.options ?? []) as readonly ZodSchema[]
  if (def.discriminator !== undefined) return tells(options, def.discriminator, walk.side)
  if (def.inclusive === false) return false
  return hasOneCompound(options) || (options.every((it) => isExact(it, walk)) && options.slice(0, -1).every(fitsAlways))
}

/** Whether there is no choice among options that could drop something. */
function hasOneCompound(options: readonly ZodSchema[]): boolean {
  return options.filter((option) => !isLeaf(option)).length < 2
}

/**
 * Whether the shapes of all options say what the discriminator is. That of `z.null()` or of a literal with `.catch()` does
 * not: a value of another option would fit it, and lose what only that one has.
 */
function tells(options: readonly ZodSchema[], discriminator: string, side: Side): boolean {
  return options.every(({ _zod: { def } }) => {
    if (def.type === 'union') return tells((def.options ?? []) as readonly ZodSchema[], discriminator, side)
    if (def.type === 'pipe' && side === 'in') return tells([def.in as ZodSchema], discriminator, side)
    const field = def.type === 'object' ? def.shape?.[discriminator] : undefined
    return field !== undefined && isTelling(field._zod.def)
  })
}

function isTelling(def: ZodDefinition): boolean {
  if (def.type === 'optional' || def.type === 'nullable') return isTelling((def.innerType as ZodSchema)._zod.def)
  return (def.type === 'literal' || def.type === 'enum') && isExactLiteral(def.values ?? enumValues(def.entries))
}

/**
 * Whether all that an exact schema accepts fits its shape, too. A field that is there and undefined does not fit, nor does
 * an object that lacks one for which anything will do: then the next option would be tried.
 */
function fitsAlways(schema: ZodSchema): boolean {
  return !hasAny(schema, new Set(['optional', 'any', 'unknown']), new Set())
}

function hasAny(schema: ZodSchema, types: ReadonlySet<string>, seen: Set<ZodSchema>): boolean {
  if (seen.has(schema)) return false
  seen.add(schema)
  const { def } = schema._zod
  return types.has(def.type) || partsOf(def).some((part) => hasAny(part, types, seen))
}

/** Schemas that neither drop nor change anything, whatever rules they have. */
const leaves = /* @__PURE__ */ new Set(['string', 'number', 'boolean', 'bigint', 'date', 'enum', 'literal', 'null'])

function isLeaf(schema: ZodSchema): boolean {
  const { def } = schema._zod
  if (def.type === 'nullable' || def.type === 'optional') return isLeaf(def.innerType as ZodSchema)
  return leaves.has(def.type) && def.coerce !== true && !(def.checks ?? []).some(changes)
}

/** `.trim()` and the like: a check that gives another value. */
function changes(check: { readonly _zod?: { readonly def: ZodDefinition } }): boolean {
  const found = (check._zod?.def ?? {}) as { readonly check?: string }
  return found.check === undefined || found.check === 'overwrite' || found.check === 'custom'
}

function isExact(schema: ZodSchema, walk: Walk): boolean {
  const known = walk.exact.get(schema)
  if (known !== undefined) return known
  walk.exact.set(schema, false)
  const exact = isExactDefinition(schema._zod.def, walk)
  walk.exact.set(schema, exact)
  return exact
}

function isExactDefinition(def: ZodDefinition, walk: Walk): boolean {
  if (def.coerce === true) return false
  const checks = def.checks ?? []
  // The format of `z.int()` is the schema's own or a check; that of an int32 is a range besides.
  if (def.type === 'number') return [def.format, ...checks.map(formatOf)].every(isSafeInt)
  if (checks.length > 0) return false
  switch (def.type) {
    case 'string':
    case 'bigint':
      return def.format === undefined
    case 'boolean':
    case 'date':
    case 'any':
    case 'unknown':
      return true
    case 'enum':
    case 'literal':
      return isExactLiteral(def.values ?? enumValues(def.entries))
    case 'array':
      return isExact(def.element as ZodSchema, walk)
    case 'nullable':
      return isExact(def.innerType as ZodSchema, walk)
    case 'object':
      return def.catchall === undefined && Object.entries(def.shape ?? {}).every((field) => isExactField(field, walk))
    case 'union':
      return isExactUnion(def, walk)
    default:
      return false
  }
}

/** Whoever lays a value out may choose another option than the first that fits: that must not matter. */
function isExactUnion(def: ZodDefinition, walk: Walk): boolean {
  const options = (def.options ?? []) as readonly ZodSchema[]
  const isOne = def.discriminator !== undefined || hasOneCompound(options)
  return isOne && isClear(def, walk) && options.every((it) => isExact(it, walk))
}

function formatOf(check: { readonly _zod?: { readonly def: ZodDefinition } }): unknown {
  return check._zod?.def.format ?? 'none'
}

function isSafeInt(format: unknown): boolean {
  return format === undefined || format === 'safeint'
}

/** One that may be left out, or one whose schema is exact; a field that is there and undefined is never laid out. */
function isExactField([name, field]: [string, ZodSchema], walk: Walk): boolean {
  if (isInherited(name)) return false
  const { def, optin, optout, traits } = field._zod
  if (def.type !== 'optional') return optin === undefined && optout === undefined && isExact(field, walk)
  const inner = def.innerType as ZodSchema
  if (optin !== 'optional' || optout !== 'optional' || traits?.has('$ZodExactOptional') === true) return false
  return (def.checks ?? []).length === 0 && inner._zod.optin === undefined && isExact(inner, walk)
}

/** Literals that their text stands for, and no others. */
function isExactLiteral(values: readonly unknown[]): boolean {
  return values.length > 0 && new Set(values).size === values.length && values.every(isPlainLiteral)
}

function isPlainLiteral(value: unknown): boolean {
  if (typeof value === 'number') return Number.isFinite(value) && !Object.is(value, -0)
  return value === null || ['string', 'boolean', 'bigint'].includes(typeof value)
}

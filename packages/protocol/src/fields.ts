import { Kind, kindNames } from './message.ts'
import { isPlain } from './plain-object.ts'
import { closeCode } from './status.ts'
import { isRefusedName } from './tags.ts'
import { ProtocolViolation } from './violation.ts'

// Messages that are rare carry named fields. Each is checked here, by hand, before anyone sees it; names that are not
// in the table are ignored, so that a later version may add some.

export const wrong = Symbol('wrong')

/** What a field must be. `read` returns the value as the message holds it, or the symbol `wrong`. */
export interface Check {
  readonly want: string
  readonly optional?: boolean
  readonly read: (value: unknown) => unknown
}

/** The fields of a kind, in the order in which they are written. */
export type FieldTable = Readonly<Record<string, Check>>

export function optional(check: Check): Check {
  return { ...check, optional: true }
}

/** Any value, absent included. */
export const anything: Check = { want: 'a value', optional: true, read: (value) => value }

/** Integers may come as any MessagePack number, so also as int64, which values call a bigint. */
export const count: Check = {
  want: 'an integer from 0 to 2^53 - 1',
  read(value) {
    const number = typeof value === 'bigint' ? Number(value) : value
    // Adding 0 makes 0 of −0, which JSON can say.
    return Number.isSafeInteger(number) && (number as number) >= 0 ? (number as number) + 0 : wrong
  },
}

export const flag: Check = { want: 'true or false', read: (value) => (typeof value === 'boolean' ? value : wrong) }

/** A string of at most `max` UTF-16 code units. */
export function text(max: number): Check {
  return {
    want: `a string of at most ${max} characters`,
    read: (value) => (typeof value === 'string' && value.length <= max ? value : wrong),
  }
}

const name = text(256)
/** Prose; the limit of the whole message bounds it. */
const prose: Check = { want: 'a string', read: (value) => (typeof value === 'string' ? value : wrong) }

export const numberOrName: Check = {
  want: 'a number or a name',
  read: (value) => (typeof value === 'string' ? name.read(value) : count.read(value)),
}

const token: Check = {
  want: 'at most 256 bytes',
  read: (value) => (value instanceof Uint8Array && value.length <= 256 ? value : wrong),
}

function shape(table: FieldTable): Check {
  return {
    want: `an object of ${Object.keys(table).join(', ')}`,
    read(value) {
      if (!isPlain(value)) return wrong
      const result: Record<string, unknown> = {}
      return readInto(result, value, table) === undefined ? result : wrong
    },
  }
}

const limits: Check = {
  want: 'an object of numbers',
  read(value) {
    if (!isPlain(value)) return wrong
    const entries = Object.entries(value).map(([key, number]) => [key, count.read(number)] as const)
    return entries.some(([, number]) => number === wrong) ? wrong : Object.fromEntries(entries)
  },
}

const tableEntries: Check = {
  want: 'a list of [name, shape, version?]',
  read(value) {
    if (!Array.isArray(value)) return wrong
    const entries = value.map((entry: unknown) =>
      Array.isArray(entry) && (entry.length === 2 || entry.length === 3) ? entry.map(numberOrName.read) : [wrong],
    )
    return entries.flat().includes(wrong) ? wrong : entries
  },
}

const contractTable = shape({
  methods: tableEntries,
  clientMethods: tableEntries,
  events: tableEntries,
  state: optional(name),
})

/** The kinds whose fields travel as one map, by number. */
export const fieldTables: { readonly [kind: number]: FieldTable | undefined } = {
  [Kind.error]: { code: name, message: prose, data: anything, declared: optional(flag) },
  [Kind.hello]: {
    fingerprint: name,
    agent: optional(name),
    credentials: anything,
    resumable: optional(flag),
    resume: optional(shape({ session: name, token, received: count, attempt: optional(count) })),
    limits: optional(limits),
    batch: optional(flag),
    shapes: optional(count),
  },
  [Kind.welcome]: {
    session: name,
    token: optional(token),
    resumed: optional(shape({ received: count })),
    heartbeatMs: count,
    limits,
    fingerprint: name,
    batch: optional(flag),
    contract: optional(contractTable),
    keys: optional(name),
    shapes: optional(count),
  },
  [Kind.contract]: { contract: contractTable },
  [Kind.auth]: { credentials: anything, required: optional(flag), graceMs: optional(count), ok: optional(flag) },
  [Kind.subscribe]: {
    id: count,
    event: numberOrName,
    topic: anything,
    position: optional(shape({ epoch: name, offset: count })),
    policy: optional(name),
  },
  [Kind.subscribed]: {
    alias: count,
    epoch: name,
    offset: count,
    id: optional(count),
    event: optional(numberOrName),
    topic: anything,
  },
  [Kind.unsubscribe]: { id: count },
  [Kind.unsubscribed]: {
    id: optional(count),
    alias: optional(count),
    code: name,
    message: prose,
    retryAfterMs: optional(count),
  },
  [Kind.gap]: { alias: count, reason: name, epoch: name, from: count, to: count, dropped: optional(count) },
  [Kind.goaway]: { reason: prose, delayMs: count, deadlineMs: count },
}

/** Of two fields at least one must be there. */
const alternatives: { readonly [kind: number]: readonly [string, string] | undefined } = {
  [Kind.subscribed]: ['id', 'event'],
  [Kind.unsubscribed]: ['id', 'alias'],
}

/**
 * Adds a kind's fields to the message after checking them.
 * @throws ProtocolViolation 4400 that names the field and what it must be
 */
export function readFields(
  kind: Kind,
  into: Record<string, unknown>,
  fields: unknown,
  table: FieldTable,
): Record<string, unknown> {
  const fault = isPlain(fields) ? readInto(into, fields, table) : 'its fields must be a map'
  if (fault !== undefined) violate(kind, fault)
  const either = alternatives[kind]
  if (either !== undefined && into[either[0]] === undefined && into[either[1]] === undefined)
    violate(kind, `${either[0]} or ${either[1]} must be there`)
  return into
}

function readInto(
  into: Record<string, unknown>,
  fields: Record<string, unknown>,
  table: FieldTable,
): string | undefined {
  for (const field of Object.keys(table)) {
    const check = table[field] as Check
    const value = Object.hasOwn(fields, field) ? fields[field] : undefined
    if (value === undefined && check.optional === true) continue
    const result = check.read(value)
    if (result === wrong) return `${field} must be ${check.want}`
    into[field] = result
  }
  return undefined
}

/** The fields of a message that are there, in the table's order. */
export function pickFields(message: object, table: FieldTable): Record<string, unknown> {
  const fields: Record<string, unknown> = {}
  for (const field of Object.keys(table)) {
    const value = (message as Record<string, unknown>)[field]
    if (value !== undefined) fields[field] = value
  }
  return fields
}

/**
 * A patch must be a list of changes whose paths cannot reach a prototype.
 * @throws ProtocolViolation 4400
 */
export function checkPatch(value: unknown): void {
  if (!Array.isArray(value) || !value.every(isChange))
    violate(Kind.state, 'a patch must be a list of [path, value] or [path]')
}

/** A path is a list of names, and one that removes is not empty. */
function isChange(change: unknown): boolean {
  if (!Array.isArray(change) || change.length < 1 || change.length > 2) return false
  const path: unknown = change[0]
  if (!Array.isArray(path) || path.length + change.length < 2) return false
  return path.every((step) => typeof step === 'string' && !isRefusedName(step))
}

/** @throws ProtocolViolation 4400, always */
export function violate(kind: Kind, why: string): never {
  throw new ProtocolViolation(closeCode.protocolViolation, `${kindNames[kind]}: ${why}`)
}

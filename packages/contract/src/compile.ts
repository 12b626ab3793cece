import type { AnyContract, Contract } from './contract.ts'
import type { AnyEvent } from './event.ts'
import { type Definition, hashDefinition } from './fingerprint.ts'
import { walkNames } from './names.ts'
import type { AnyNotification, AnyProcedure } from './procedure.ts'
import { hashText } from './text-hash.ts'

/** How a method answers: once, never, with a stream, to a stream, or with a stream to a stream. */
export type MethodKind = 'call' | 'notify' | 'yields' | 'accepts' | 'duplex'

interface Entry {
  /** Dotted: `sensors.latest`. */
  readonly name: string
  /** Its number on the wire, when this side is the callee. */
  readonly index: number
  /** Equal hashes: equal shapes on the wire. */
  readonly hash: string
  readonly version: number | string | undefined
}

interface ProcedureEntry extends Entry {
  readonly kind: Exclude<MethodKind, 'notify'>
  readonly definition: AnyProcedure
  /** Whether a call that was cut off may be sent again. */
  readonly idempotent: boolean
}

interface NotificationEntry extends Entry {
  readonly kind: 'notify'
  readonly definition: AnyNotification
  readonly idempotent: false
}

/** A procedure or notification of a compiled contract. */
export type MethodEntry = ProcedureEntry | NotificationEntry

/** An event of a compiled contract. */
export interface EventEntry extends Entry {
  readonly definition: AnyEvent
}

/** A contract with its names sorted, numbered and hashed. */
export interface CompiledContract {
  /** Equal fingerprints: equal names, numbers, shapes and versions. */
  readonly fingerprint: string
  /** What the server implements, by number. */
  readonly methods: readonly MethodEntry[]
  /** What the client implements, by number. */
  readonly clientMethods: readonly MethodEntry[]
  readonly events: readonly EventEntry[]
  readonly stateHash: string | undefined
}

const compiledContracts = new WeakMap<object, CompiledContract>()

/** Numbers and hashes a contract, once. Reads every schema, so it is left until a connection needs it. */
export function compile<Server, Client, Events, State>(
  contract: Contract<Server, Client, Events, State>,
): CompiledContract {
  const known = compiledContracts.get(contract)
  if (known) return known
  const compiled = compileAnew(contract as AnyContract)
  compiledContracts.set(contract, compiled)
  return compiled
}

function compileAnew({ server, client, events, state }: AnyContract): CompiledContract {
  const methods = entriesOf(server, withKind) as MethodEntry[]
  const clientMethods = entriesOf(client, withKind) as MethodEntry[]
  const eventEntries = entriesOf(events, (entry) => entry) as EventEntry[]
  const stateHash = state && hashDefinition({ kind: 'state', payload: state })
  const sections = [methods, clientMethods, eventEntries].map((entries) =>
    entries.map(({ name, hash }) => [name, hash]),
  )
  const fingerprint = hashText(JSON.stringify([sections, stateHash]))
  return { fingerprint, methods, clientMethods, events: eventEntries, stateHash }
}

interface FoundEntry extends Entry {
  readonly definition: Definition
}

/** All definitions under a namespace, by dotted name in the order of UTF-16 code units, which is `<` of strings. */
function entriesOf(tree: object, complete: (entry: FoundEntry) => object): object[] {
  const found: [name: string, definition: Definition][] = []
  walkNames(tree, '', (node, _place, name) => {
    const isDefinition = typeof (node as { kind?: unknown }).kind === 'string'
    if (isDefinition) found.push([name, node as Definition])
    return isDefinition
  })
  found.sort(([a], [b]) => (a < b ? -1 : 1))
  return found.map(([name, definition], index) =>
    complete({ name, index, hash: hashDefinition(definition), version: definition.version, definition }),
  )
}

function withKind(entry: FoundEntry): object {
  const { kind, yields, accepts, idempotent = false } = entry.definition as Definition & { idempotent?: boolean }
  return { ...entry, idempotent, kind: kind === 'notification' ? 'notify' : answerKind(yields, accepts) }
}

function answerKind(yields: unknown, accepts: unknown): MethodKind {
  if (yields) return accepts ? 'duplex' : 'yields'
  return accepts ? 'accepts' : 'call'
}

import type { AnyContract, Contract } from './contract.ts'
import type { AnyEvent } from './event.ts'
import { hashEvent, hashMethod, hashState } from './fingerprint.ts'
import { walkNames } from './names.ts'
import type { AnyNotification, AnyProcedure } from './procedure.ts'
import type { Schema } from './schema.ts'
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
  const methods = collect<AnyProcedure | AnyNotification>(server).map(([name, definition], index) =>
    methodEntry(name, index, definition),
  )
  const clientMethods = collect<AnyProcedure | AnyNotification>(client).map(([name, definition], index) =>
    methodEntry(name, index, definition),
  )
  const eventEntries = collect<AnyEvent>(events).map(([name, definition], index) => ({
    name,
    index,
    hash: hashEvent(definition),
    version: definition.version,
    definition,
  }))
  const stateHash = (state as Schema | undefined) && hashState(state as Schema)
  const sections = [methods, clientMethods, eventEntries].map((entries) =>
    entries.map(({ name, hash }) => [name, hash]),
  )
  const fingerprint = hashText(JSON.stringify([...sections, stateHash ?? null]))
  return { fingerprint, methods, clientMethods, events: eventEntries, stateHash }
}

function methodEntry(name: string, index: number, definition: AnyProcedure | AnyNotification): MethodEntry {
  const { version } = definition
  const hash = hashMethod(definition)
  return definition.kind === 'notification'
    ? { name, index, hash, version, kind: 'notify', idempotent: false, definition }
    : { name, index, hash, version, kind: kindOf(definition), idempotent: definition.idempotent, definition }
}

function kindOf({ yields, accepts }: AnyProcedure): Exclude<MethodKind, 'notify'> {
  if (yields) return accepts ? 'duplex' : 'yields'
  return accepts ? 'accepts' : 'call'
}

/** All definitions under a namespace, by dotted name in the order of UTF-16 code units, which is `<` of strings. */
function collect<Definition>(tree: object): [name: string, definition: Definition][] {
  const found: [string, Definition][] = []
  walkNames(tree, '', (node, _place, name) => {
    const isDefinition = typeof (node as { kind?: unknown }).kind === 'string'
    if (isDefinition) found.push([name, node as Definition])
    return isDefinition
  })
  return found.sort(([a], [b]) => (a < b ? -1 : 1))
}

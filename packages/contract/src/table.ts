import type { CompiledContract } from './compile.ts'

/** `[name, hash, version]` of a method or event; its place in the list is its number. */
export type TableEntry = readonly [name: string, hash: string, version?: number | string]

/** What peers with different fingerprints send each other: names, numbers and hashes, never a description of types. */
export interface ContractTable {
  readonly methods: readonly TableEntry[]
  readonly clientMethods: readonly TableEntry[]
  readonly events: readonly TableEntry[]
  readonly state?: string | undefined
}

/** What became of a local method or event at the remote peer. */
export interface TableMatch {
  /** Its number in the remote table. */
  readonly number: number | 'missing'
  /** Whether the hashes are equal, so that both ends may encode by shape. */
  readonly sameShape: boolean
  /** When not: `incompatible`, on purpose. */
  readonly sameVersion: boolean
}

/** For each local method and event, by its local number, what the remote table says of it. */
export interface TableComparison {
  readonly methods: readonly TableMatch[]
  readonly clientMethods: readonly TableMatch[]
  readonly events: readonly TableMatch[]
  readonly sameState: boolean
}

/** A compiled contract in the form that crosses the wire. */
export function tableOf({ methods, clientMethods, events, stateHash }: CompiledContract): ContractTable {
  const lists = { methods: listOf(methods), clientMethods: listOf(clientMethods), events: listOf(events) }
  return stateHash === undefined ? lists : { ...lists, state: stateHash }
}

/** Finds every local method and event in the table of a peer whose fingerprint differs. */
export function compareTables(local: ContractTable, remote: ContractTable): TableComparison {
  return {
    methods: compareLists(local.methods, remote.methods),
    clientMethods: compareLists(local.clientMethods, remote.clientMethods),
    events: compareLists(local.events, remote.events),
    sameState: local.state === remote.state,
  }
}

function listOf(entries: CompiledContract['methods'] | CompiledContract['events']): TableEntry[] {
  return entries.map(({ name, hash, version }) => (version === undefined ? [name, hash] : [name, hash, version]))
}

function compareLists(local: readonly TableEntry[], remote: readonly TableEntry[]): TableMatch[] {
  // A Map, since the remote peer chose the names.
  const numbers = new Map(remote.map(([name], number) => [name, number]))
  return local.map(([name, hash, version]) => {
    const number = numbers.get(name) ?? 'missing'
    const other = number === 'missing' ? undefined : remote[number]
    return { number, sameShape: other?.[1] === hash, sameVersion: other !== undefined && other[2] === version }
  })
}

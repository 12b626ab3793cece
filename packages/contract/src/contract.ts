import { checkDeclaration, checkSchema } from './declaration-check.ts'
import { walkNames } from './names.ts'
import type { Schema } from './schema.ts'

// The next two have only `kind`, for the compiler's sake: were the schemas part of them, it would take the constraints
// from here for the schemas that a procedure leaves out, and check the others a second time.

/** What `procedure` or `notification` made. */
export interface MethodDeclaration {
  readonly kind: 'procedure' | 'notification'
}

/** What `event` made. */
export interface EventDeclaration {
  readonly kind: 'event'
}

/** Procedures and notifications by name; a nested object is a namespace. */
export interface Procedures {
  readonly [name: string]: MethodDeclaration | Procedures
}

/** Events by name; a nested object is a namespace. */
export interface Events {
  readonly [name: string]: EventDeclaration | Events
}

/** What both ends import: nothing in it runs on one side only. */
export interface Contract<Server, Client, ContractEvents, State> {
  /** What the server implements and the client calls. */
  readonly server: Server
  /** What the client implements and the server calls. */
  readonly client: Client
  /** What the server publishes. */
  readonly events: ContractEvents
  /** What the server writes for each connection, mirrored to its client; `undefined` when there is none. */
  readonly state: State
}

export type AnyContract = Contract<Procedures, Procedures, Events, Schema | undefined>

export interface ContractOptions<Server, Client, ContractEvents, State> {
  readonly server?: Server
  readonly client?: Client
  readonly events?: ContractEvents
  readonly state?: State
}

/**
 * Declares a contract.
 *
 * @throws TypeError that names the place when a name cannot be used (empty, with a dot, beginning with `~`, or one of
 * `then`, `toJSON`, `constructor`, `prototype`, `__proto__`), when something is not a procedure, notification, event
 * or namespace, not a schema, or when the name of a declared error is not UPPER_SNAKE_CASE.
 */
export function contract<
  // biome-ignore-start lint/complexity/noBannedTypes: what a contract leaves out is empty
  Server extends Procedures = {},
  Client extends Procedures = {},
  ContractEvents extends Events = {},
  // biome-ignore-end lint/complexity/noBannedTypes: as above
  State extends Schema | undefined = undefined,
>(options: ContractOptions<Server, Client, ContractEvents, State>): Contract<Server, Client, ContractEvents, State> {
  const { server = {}, client = {}, events = {}, state } = options
  for (const [place, tree] of [
    ['server', server],
    ['client', client],
  ] as const) {
    walkNames(tree, place, (node, at) => checkDeclaration(node, at, ['procedure', 'notification']))
  }
  walkNames(events, 'events', (node, at) => checkDeclaration(node, at, ['event']))
  if (state !== undefined) checkSchema(state, 'state')
  return Object.freeze({ server, client, events, state }) as Contract<Server, Client, ContractEvents, State>
}

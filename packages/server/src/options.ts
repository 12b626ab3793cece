import type { AnyContract, WrittenStateOf } from '@wirepact/contract'
import type { EventLog } from '@wirepact/eventlog'
import type { Clock, EventHandlers, Handlers, Middleware, Report } from '@wirepact/peer'
import type { Authorization } from './authorization.ts'
import type { Connection } from './connection.ts'
import type { LimitsOption } from './limits.ts'
import type { NodesOptions } from './nodes/nodes.ts'
import type { ConnectionRequest } from './request.ts'

/** What `authenticate` is asked about. */
export interface AuthenticateRequest {
  /** What the client's `credentials` gave; never part of a URL. Check it: it is whatever the client sent. */
  readonly credentials: unknown
  readonly request: ConnectionRequest
  /** Aborted when the client has gone meanwhile. */
  readonly signal: AbortSignal
}

/** How to serve a contract. */
export interface ServerOptions<C extends AnyContract, Context> {
  /** What the contract's `server` part promises. */
  readonly handlers: Handlers<C['server'], Context, Connection<C, Context>>
  /**
   * Says who a client is; what it returns is every handler's `context`. To refuse, throw: a `WirepactError` with
   * `unauthenticated` or `permission-denied` is told to the client, anything else only to `report`.
   * @default everybody may connect, and `context` is undefined
   */
  readonly authenticate?: (request: AuthenticateRequest) => Context | Promise<Context>
  /**
   * Names who a client is, so that nobody else carries on its session or gets the outcome of its keys. @default the
   * credentials themselves: a client that comes back with others begins a new session, with no keys
   *
   * Return undefined for guests: one name for all of them would have them share the limits of one principal.
   */
  readonly principal?: (client: { readonly context: Context }) => string | undefined
  /**
   * How long the credentials behind a context are good for, in ms from now; undefined means for ever. Asked whenever
   * they were accepted. When they expire the client is asked for fresh ones on the live connection, and closed with
   * 4401 if they are refused or do not come within 25 s.
   */
  readonly expiresInMs?: (client: { readonly context: Context }) => number | undefined
  /** The state that a new connection begins with. Required when the contract has a state. */
  readonly state?: (connection: { readonly context: Context }) => WrittenStateOf<C>
  /** Who may listen to events, which of them, and where they come from. */
  readonly events?: EventHandlers<C['events'], Context, Connection<C, Context>>
  /**
   * Who may call what, by place: `*`, `namespace.*` or a procedure's name; for topics there is `events`. Asked at each
   * call, with its input parsed, before `middleware`. @default everybody may call everything
   */
  readonly authorize?: Authorization<Context, Connection<C, Context>>
  /** Runs around every handler, the first one outermost. */
  readonly middleware?: readonly Middleware<Context, Connection<C, Context>>[]
  /** Called when a session has opened; what it returns is called when that session has ended. */
  readonly onSession?: (session: { readonly connection: Connection<C, Context> }) => SessionEnd
  /** Called when a client's connection broke and it may come back: its session goes on, and is not in `connections`. */
  readonly onAbsent?: (session: { readonly connection: Connection<C, Context> }) => void
  /** Called when an absent client has come back to its session. */
  readonly onReturn?: (session: { readonly connection: Connection<C, Context> }) => void
  /** Where events are kept for subscribers that come back. @default a MemoryLog */
  readonly log?: EventLog
  /**
   * How long the outcome of a call with a key is kept for those who ask again, in ms. Keys live in the log's `kv`, apart
   * for each `principal`. @default 600,000 (10 min)
   */
  readonly keyTtlMs?: number
  /**
   * How this server and the others that share its `log` know of each other; false: not at all, which all of them
   * have to be alike in. Means nothing for a log that is not shared.
   */
  readonly nodes?: NodesOptions | false
  /** @default 'public' */
  readonly limits?: LimitsOption
  readonly heartbeat?: {
    /** How often every client is asked for a sign of life, in ms. @default 25,000 */
    readonly periodMs?: number
    /** How long the answer may take, in ms, before the connection is given up. @default 8,000 */
    readonly patienceMs?: number
  }
  /** How long an event's source goes on after its last listener lost the connection, in ms. @default 10,000 */
  readonly lingerMs?: number
  /**
   * Hears what its operator should know: handlers that threw, outputs that broke the contract, peers that broke the
   * protocol. Callers see none of it. @default `console.error`, without the peers' faults
   */
  readonly report?: (report: Report) => void
  /** Time and randomness. @default the platform's */
  readonly system?: System
}

/** What `onSession` returns: nothing, or what to do when the session has ended. */
// biome-ignore lint/suspicious/noConfusingVoidType: a function that returns nothing returns void
export type SessionEnd = (() => void) | void

/** What the platform gives a server. Tests give their own. */
export interface System {
  readonly clock: Clock
  /** A text that nobody can guess, of at least 128 random bits. */
  randomId(): string
  /** Bytes that nobody can guess. */
  randomBytes(count: number): Uint8Array
  /** A collision-resistant digest (SHA-256), as text. */
  digest(bytes: Uint8Array): Promise<string>
}

/** @throws RangeError */
export function lingerFrom(lingerMs = 10_000): number {
  if (lingerMs >= 0) return lingerMs
  throw new RangeError(`lingerMs must be 0 or more, not ${lingerMs}`)
}

/** @throws RangeError */
export function keyTtlFrom(ttlMs = 600_000): number {
  if (Number.isSafeInteger(ttlMs) && ttlMs > 0) return ttlMs
  throw new RangeError(`keyTtlMs must be an integer above 0, not ${ttlMs}`)
}

/** @throws TypeError when the contract has a state and nobody says what it begins with */
export function checkState(schema: unknown, begin: unknown): void {
  if (schema === undefined || begin !== undefined) return
  throw new TypeError('createServer: the contract has a state, so `state` must say what a connection begins with')
}

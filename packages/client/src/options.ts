import type { AnyContract, CompiledContract } from '@wirepact/contract'
import type { Clock, Handlers, Report, Shapes } from '@wirepact/peer'
import { systemClock } from '@wirepact/peer/system'
import type { BackoffOptions } from './backoff.ts'
import type { Client } from './client.ts'

/** How to connect to a server. */
export interface ClientOptions<C extends AnyContract> {
  /**
   * Who we are, for the server's `authenticate`: a value, or a function that is asked before every connection and
   * whenever the server wants fresh ones. It travels inside the connection, never in the URL.
   */
  readonly credentials?: unknown | (() => unknown)
  /** What the contract's `client` part promises; `connection` is the client itself. */
  readonly handlers?: Handlers<C['client'], undefined, Client<C>>
  /** Deadline of calls that name none, in ms; 0 means none. @default 30,000 */
  readonly timeoutMs?: number
  /** Time for one try to connect, up to the server's welcome, in ms. @default 10,000 */
  readonly connectTimeoutMs?: number
  /**
   * How long calls wait for a broken connection to come back, in ms, before they settle: those that were sent with
   * `connection-lost`, those that were not with `unavailable`. @default up to their deadline
   */
  readonly settleWhenDetachedMs?: number
  /** Calls that may wait for a connection; more fail with `resource-exhausted`. @default 10,000 */
  readonly maxQueued?: number
  /** When to try again. */
  readonly reconnect?: Partial<BackoffOptions>
  /** Largest message accepted from the server, in bytes; the server is told. @default 16 MiB */
  readonly messageBytes?: number
  /**
   * Lays values out by shape, where the server does, too: less bytes, less time. `shapes` of `@wirepact/client/shapes`, for
   * about 4,400 bytes more of script. @default in Node.js it is there; in browsers values travel as plain ones
   */
  readonly shapes?: (contract: CompiledContract) => Shapes
  /** Tells the server which software this is. */
  readonly agent?: string
  /** Hears of handlers and listeners that threw. @default `console.error` */
  readonly report?: (report: Report) => void
  /** Time and chance. @default the platform's */
  readonly system?: ClientSystem
}

/** What the platform gives a client. Tests give their own. */
export interface ClientSystem {
  readonly clock: Clock
  /** A number from 0 up to, not including, 1. */
  random(): number
  /** The time of day in ms: unlike other clocks it goes on while a machine sleeps. @default the clock's `now` */
  timeOfDay?(): number
}

export const defaultSystem: ClientSystem = {
  clock: systemClock,
  random: () => Math.random(),
  timeOfDay: () => Date.now(),
}

export function defaultReport({ what, where, message }: Report): void {
  console.error(`wirepact: ${what} in ${where}: ${message}`)
}

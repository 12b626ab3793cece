import type { Session } from '@wirepact/protocol'
import type { Clock } from './clock.ts'
import type { Incidents } from './failure.ts'
import type { ContractDifference, Implementation } from './implementation.ts'
import type { KeyedCalls } from './keyed-calls.ts'

export interface AnsweringOptions {
  readonly implementation: Implementation
  readonly clock: Clock
  /** Handlers of the other side's calls that may run at once. */
  readonly maxRunning: number
  /** Streams of the other side's calls that may be open at once; they do not count for `maxRunning`. @default 128 */
  readonly maxStreams?: number | undefined
  readonly incidents: Incidents
  readonly difference: ContractDifference
  /** Whose context handlers are given: asked for at each call, as fresh credentials may change it. */
  readonly owner: { readonly context: unknown }
  readonly connection: unknown
  /** Runs calls that have a key once. @default a key means nothing */
  readonly keyed?: KeyedCalls | undefined
}

/** Answers the other side's calls for one session. */
export interface Answering {
  /** Handlers that run now. */
  readonly running: number
  call(
    id: number,
    method: number | string,
    input: unknown,
    timeoutMs: number | undefined,
    key?: string,
    laid?: true,
  ): void
  /** `laid`: the input came laid out by shape, as it does in `call`. */
  notify(method: number | string, input: unknown, laid?: true): void
  /** The caller does not want the answer any more. */
  cancel(id: number): void
  /** The session is over: every handler's signal is aborted; nothing is answered. */
  end(): void
}

export type StartAnswering = (session: Session, options: AnsweringOptions) => Answering

/** For a side that implements nothing: what answers calls is the larger part of a client, and many need none of it. */
export const answerNothing: StartAnswering = (session) => ({
  running: 0,
  call(id) {
    session.error(id, { code: 'unimplemented', message: 'this side implements nothing' })
  },
  notify() {},
  cancel() {},
  end() {},
})

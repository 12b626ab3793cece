import type { MethodEntry } from '@wirepact/contract'
import type { MethodShapes } from './contract-shapes.ts'

/** A handler, as the engine sees it: the typed surface is in `handlers.ts`. */
export type AnyHandler = (invocation: never) => unknown

/** Runs around a handler; `next` runs what is inside it and gives its outcome. */
export type AnyMiddleware = (invocation: never, next: () => Promise<unknown>) => unknown

/** What one side implements: its methods by number, and what runs around them. */
export interface Implementation {
  readonly methods: readonly MethodEntry[]
  /** By method number. */
  readonly handlers: readonly AnyHandler[]
  /** The outermost first. */
  readonly middleware: readonly AnyMiddleware[]
}

/** Something that went wrong on this side and that its operator should read; nothing of it crosses the wire. */
export interface Report {
  readonly what:
    | 'handler-threw'
    | 'output-invalid'
    | 'output-unsendable'
    | 'notification-failed'
    | 'protocol-violation'
    | 'authenticate-failed'
    | 'event-failed'
    | 'key-failed'
    | 'source-failed'
    | 'session-hook-failed'
    | 'listener-threw'
    | 'bus-failed'
  /** The procedure, event or hook. */
  readonly where: string
  readonly message: string
  /** Names the same failure in the error the caller got. */
  readonly incident?: string | undefined
  readonly error?: unknown
}

/** How the caller's contract differs from ours in one method. */
export interface ContractDifference {
  /** Null: the same as far as we know. */
  of(entry: MethodEntry): 'shape' | 'version' | null
  /** How values of a method that the caller has the same shapes of are laid out. @default they are not */
  implemented?(entry: MethodEntry): MethodShapes | undefined
}

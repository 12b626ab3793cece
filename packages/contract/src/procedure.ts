import type { Schema } from './schema.ts'

/** The declared errors of a procedure: each name with the schema of its `data`, or null for an error without data. */
export type ErrorSchemas = { readonly [code: string]: Schema | null }

/**
 * What the caller and the implementer of a procedure agree on. Its type parameters are schemas, `undefined` where the
 * contract gives none.
 */
export interface Procedure<Input, Output, Errors, Yields, Accepts> {
  readonly kind: 'procedure'
  readonly input: Input
  readonly output: Output
  readonly errors: Errors
  readonly yields: Yields
  readonly accepts: Accepts
  readonly idempotent: boolean
  readonly version: number | string | undefined
}

export type AnyProcedure = Procedure<
  Schema | undefined,
  Schema | undefined,
  ErrorSchemas,
  Schema | undefined,
  Schema | undefined
>

/** A call without an answer. */
export interface Notification<Input> {
  readonly kind: 'notification'
  readonly input: Input
  /** Never there; whoever holds a procedure or a notification may ask both for it. */
  readonly output?: undefined
  readonly errors?: undefined
  readonly version: number | string | undefined
}

export type AnyNotification = Notification<Schema | undefined>

export interface ProcedureOptions<Input, Output, Errors, Yields, Accepts> {
  /** What the caller passes. @default nothing: the caller passes no input, and the handler sees none */
  readonly input?: Input
  /** What the caller gets. @default nothing: the promise resolves to `undefined`, whatever the handler returns */
  readonly output?: Output
  /** The errors a handler may raise on purpose; all others reach the caller as `internal`. @default none */
  readonly errors?: Errors
  /** Items that the callee streams to the caller. */
  readonly yields?: Yields
  /** Items that the caller streams to the callee. */
  readonly accepts?: Accepts
  /** Whether running it twice does no harm, so that a call cut off may be sent again. @default false */
  readonly idempotent?: boolean
  /**
   * Change it to break with older peers on purpose: a call between different versions fails as `incompatible`. It also
   * stands for the shape where a schema does not reveal its own.
   */
  readonly version?: number | string
}

export interface NotificationOptions<Input> {
  /** What the sender passes. @default nothing */
  readonly input?: Input
  /** As for a procedure; a notification of another version is dropped. */
  readonly version?: number | string
}

/** Declares a procedure: a call with one answer, or (with `yields`, `accepts`) a stream. */
export function procedure<
  Input extends Schema | undefined = undefined,
  Output extends Schema | undefined = undefined,
  // biome-ignore lint/complexity/noBannedTypes: an empty map is what a procedure without declared errors declares
  Errors extends ErrorSchemas = {},
  Yields extends Schema | undefined = undefined,
  Accepts extends Schema | undefined = undefined,
>(
  options: ProcedureOptions<Input, Output, Errors, Yields, Accepts>,
): Procedure<Input, Output, Errors, Yields, Accepts> {
  return Object.freeze({
    kind: 'procedure',
    input: options.input as Input,
    output: options.output as Output,
    errors: Object.freeze({ ...options.errors }) as Errors,
    yields: options.yields as Yields,
    accepts: options.accepts as Accepts,
    idempotent: options.idempotent ?? false,
    version: options.version,
  })
}

/** Declares a notification: one way, no answer, no error. */
export function notification<Input extends Schema | undefined = undefined>(
  options: NotificationOptions<Input> = {},
): Notification<Input> {
  return Object.freeze({ kind: 'notification', input: options.input as Input, version: options.version })
}

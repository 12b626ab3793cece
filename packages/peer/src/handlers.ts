import type { MethodEntry, MethodKind, Notification, Procedure, SchemaInput, SchemaOutput } from '@wirepact/contract'
import type { WirepactError } from '@wirepact/protocol'
import { atName, leafNames } from './name-tree.ts'

/** What a handler is given, and what runs around it sees. */
export interface HandlerCall<Input, Errors, Context, Connection> {
  /** What the caller passed, as its schema parsed it. */
  readonly input: Input
  /** What `authenticate` made of the caller. */
  readonly context: Context
  /** The connection that the call came on, for calls and events in the other direction. */
  readonly connection: Connection
  /** Aborted when nobody waits for the answer any more: cancelled, past its deadline, or the session is over. */
  readonly signal: AbortSignal
  /** Makes the errors that the contract declares, to return or to throw. */
  readonly errors: Errors
  /** How long the caller waits from the arrival of the call, in ms; undefined when it waits for ever. */
  readonly deadline: number | undefined
}

/** Handlers by name, for everything that one side of a contract implements. */
export type Handlers<Procedures, Context, Connection> = {
  readonly [Name in keyof Procedures]: Procedures[Name] extends Procedure<
    infer Input,
    infer Output,
    infer Errors,
    infer Yields,
    infer Accepts
  >
    ? [Yields, Accepts] extends [undefined, undefined]
      ? Handler<SchemaOutput<Input>, SchemaInput<Output>, ErrorMakers<Errors>, Context, Connection>
      : StreamHandler<Input, Output, ErrorMakers<Errors>, Yields, Accepts, Context, Connection>
    : Procedures[Name] extends Notification<infer Input>
      ? (call: HandlerCall<SchemaOutput<Input>, NoErrors, Context, Connection>) => void | Promise<void>
      : Handlers<Procedures[Name], Context, Connection>
}

/** Answers a call, at once or later. A declared error may be returned as well as thrown. */
export type Handler<Input, Output, Errors, Context, Connection> = (
  call: HandlerCall<Input, Errors, Context, Connection>,
) => Answer<Output, Errors> | PromiseLike<Answer<Output, Errors>>

/** Serves a stream. Streams cannot be called yet, so it never runs. */
export type StreamHandler<Input, Output, Errors, Yields, Accepts, Context, Connection> = (
  call: HandlerCall<SchemaOutput<Input>, Errors, Context, Connection> & {
    readonly items: AsyncIterable<SchemaOutput<Accepts>>
  },
) => Yields extends undefined
  ? PromiseLike<Answer<SchemaInput<Output>, Errors>>
  : AsyncIterable<SchemaInput<Yields>, Answer<SchemaInput<Output>, Errors>>

type Answer<Output, Errors> = Output | MadeBy<Errors[keyof Errors]>

type MadeBy<Maker> = Maker extends (data: never) => infer Made ? Made : never

/** One function per declared error. What it makes is told apart by its `code`. */
export type ErrorMakers<Errors> = {
  readonly [Code in keyof Errors]: (data: SchemaInput<Errors[Code]>) => WirepactError<Code & string>
}

type NoErrors = Readonly<Record<never, never>>

/** What middleware is told of a call or notification; `input` has been parsed. */
export interface MiddlewareCall<Context, Connection> {
  /** Dotted: `sensors.latest`. */
  readonly path: string
  readonly kind: MethodKind
  readonly context: Context
  readonly input: unknown
  readonly signal: AbortSignal
  readonly connection: Connection
}

/**
 * Runs around every handler. `next` runs what is inside and gives its outcome; whatever middleware returns or throws
 * takes the outcome's place, and is checked as if the handler had said it.
 */
export type Middleware<Context, Connection> = (
  call: MiddlewareCall<Context, Connection>,
  next: () => Promise<unknown>,
) => unknown

/** A handler whose types have served their purpose. */
export type UntypedHandler = (call: never) => unknown

/**
 * Puts handlers in the order of the methods' numbers.
 *
 * @param place names the option in messages
 * @throws TypeError that names what is missing, not a function, or not in the contract
 */
export function flattenHandlers(
  methods: readonly MethodEntry[],
  handlers: object,
  place = 'handlers',
): readonly UntypedHandler[] {
  const names = new Set(methods.map(({ name }) => name))
  for (const name of leafNames(handlers, (node) => typeof node === 'function')) {
    if (!names.has(name)) throw new TypeError(`${place}.${name} is not in the contract`)
  }
  return methods.map(({ name }) => {
    const handler = atName(handlers, name)
    if (handler === undefined) throw new TypeError(`${place}.${name} is missing`)
    if (typeof handler !== 'function') throw new TypeError(`${place}.${name} is not a function`)
    return handler as UntypedHandler
  })
}

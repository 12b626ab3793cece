import type {
  HandlerInputOf,
  MethodDeclaration,
  MethodEntry,
  MethodKind,
  Procedure,
  SchemaInput,
  SchemaOutput,
} from '@wirepact/contract'
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
  /**
   * What is left of that now, in ms. Calls made for this one get it, and its `signal`, with
   * `connection.api.confirm(input, { within: call })`.
   */
  readonly timeLeftMs: number | undefined
}

// Why two mapped types, with the condition on the names: the compiler infers `Context` from `authenticate` while it
// types the handlers of the same object literal. A conditional type as the type of a member makes it settle for
// `unknown` too early; a function type, or another mapped type, leaves it the time. Names chosen by a lookup cost half
// of names chosen by an `as` clause.

/** Handlers by name, for everything that one side of a contract implements. */
export type Handlers<Procedures, Context, Connection> = {
  readonly [Name in MethodNames<Procedures>]: Handler<
    HandlerInputOf<Procedures[Name]>,
    AnswerOf<Procedures[Name]>,
    ErrorInputs<Procedures[Name]>,
    Context,
    Connection,
    ItemsOf<Procedures[Name]>
  >
} & {
  readonly [Name in Exclude<keyof Procedures, MethodNames<Procedures>>]: Handlers<Procedures[Name], Context, Connection>
}

type MethodNames<Procedures> = {
  [Name in keyof Procedures]: Procedures[Name] extends MethodDeclaration ? Name : never
}[keyof Procedures]

/** Answers a call. `Errors` is the data of the errors it may make, by code. */
export type Handler<Input, Answer, Errors, Context, Connection, Items = NoItems> = (
  call: HandlerCall<Input, ErrorMakers<Errors>, Context, Connection> & Items,
) => Answer

/** What the handler of a procedure without `accepts` is given besides: nothing. */
export type NoItems = unknown

/** What the handler of a procedure that accepts items is given besides. */
export interface ReceivedItems<Item> {
  /**
   * What the caller sends, to loop over once, as its schema parsed it. Throws when the caller gives up, and for an item
   * that does not fit. Leaving the loop drops the rest.
   */
  readonly items: AsyncIterable<Item>
}

type ItemsOf<Method> =
  Method extends Procedure<infer _Input, infer _Output, infer _Errors, infer _Yields, infer Accepts>
    ? [Accepts] extends [undefined]
      ? NoItems
      : ReceivedItems<SchemaOutput<Accepts>>
    : NoItems

/** One function per declared error. What it makes is told apart by its `code`. */
export type ErrorMakers<Errors> = {
  readonly [Code in keyof Errors]: (data: Errors[Code]) => WirepactError<Code & string>
}

/**
 * What a handler gives back, at once or later: the output, or a declared error, which may be thrown as well. A procedure
 * that yields has a generator as its handler, whose return value is the output; or it gives anything to iterate over.
 */
type AnswerOf<Method> =
  Method extends Procedure<infer _Input, infer Output, infer Errors, infer Yields, infer _Accepts>
    ? [Yields] extends [undefined]
      ? NowOrLater<SchemaInput<Output> | MadeError<Errors>>
      : Yielding<SchemaInput<Yields>, SchemaInput<Output> | MadeError<Errors>, Output>
    : NowOrLater<void>

/** Only a generator can return an output: where there is none, any iterable will do. */
type Yielding<Item, End, Output> =
  | AsyncIterable<Item, End>
  | Iterable<Item, End>
  | ([Output] extends [undefined] ? NowOrLater<AsyncIterable<Item> | Iterable<Item> | ReadableStream<Item>> : never)

type NowOrLater<Value> = Value | Promise<Value>

type MadeError<Errors> = [keyof Errors] extends [never] ? never : WirepactError<keyof Errors & string>

type ErrorInputs<Method> = Method extends { readonly errors: infer Errors }
  ? { readonly [Code in keyof Errors]: SchemaInput<Errors[Code]> }
  : Readonly<Record<never, never>>

/** What middleware is told of a call or notification; `input` has been parsed. */
export interface MiddlewareCall<Context, Connection> {
  /** Dotted: `sensors.latest`. */
  readonly path: string
  readonly kind: MethodKind
  readonly context: Context
  readonly input: unknown
  readonly signal: AbortSignal
  readonly connection: Connection
  /** As the handler sees it. */
  readonly deadline: number | undefined
  /** What the caller sends, where the procedure accepts items; what is put here is what the handler gets. */
  items: AsyncIterable<unknown> | undefined
}

/**
 * Runs around handlers. `next` runs what is inside and gives its outcome: the output, or for a procedure that yields
 * items what is iterated over for them. Whatever middleware returns or throws takes the outcome's place, and is checked as
 * if the handler had said it. `Added` is what it passes to `next`, for the context of what is inside; see `use`.
 */
export type Middleware<Context, Connection, Added = unknown> = (
  call: MiddlewareCall<Context, Connection>,
  next: Next<Added>,
) => unknown

type Next<Added> = unknown extends Added ? () => Promise<unknown> : (added: Added) => Promise<unknown>

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

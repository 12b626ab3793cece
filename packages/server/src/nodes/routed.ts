import type { ErrorData, Notification, Procedure, SchemaInput, SchemaOutput } from '@wirepact/contract'
import type { CallError, CallOptions, Remote } from '@wirepact/peer'

/**
 * What clients implement, as it is called from any node: calls and notifications. Streams are not among them: a stream
 * belongs to the connection that carries it.
 */
export type Routed<Procedures> = {
  readonly [Name in keyof Procedures as Streams<Procedures[Name]> extends true
    ? never
    : Name]: Procedures[Name] extends { readonly kind: 'procedure' | 'notification' }
    ? Remote<Procedures>[Name]
    : Routed<Procedures[Name]>
}

/** As {@link Routed}, for all clients of a principal at once. */
export type RoutedToAll<Procedures> = {
  readonly [Name in keyof Procedures as Streams<Procedures[Name]> extends true
    ? never
    : Name]: Procedures[Name] extends Procedure<infer Input, infer Output, infer Errors, infer _Y, infer _A>
    ? CallToAll<Omittable<SchemaInput<Input>>, SchemaOutput<Output>, ErrorData<Errors>>
    : Procedures[Name] extends Notification<infer Input>
      ? CallToAll<Omittable<SchemaInput<Input>>, void, object>
      : RoutedToAll<Procedures[Name]>
}

/** Rejects only when it could not be found out where the clients are: each of them fails alone. */
export type CallToAll<Input, Output, Errors> = (
  input: Input,
  options?: CallOptions,
) => Promise<readonly NodeAnswer<Output, Errors>[]>

/** What one of a principal's clients answered. */
export type NodeAnswer<Output, Errors> =
  | { readonly node: string; readonly connection: string; readonly ok: true; readonly value: Output }
  | {
      readonly node: string
      /** Undefined when not even its node answered. */
      readonly connection: string | undefined
      readonly ok: false
      readonly error: CallError<Errors>
    }

type Streams<Method> =
  Method extends Procedure<infer _I, infer _O, infer _E, infer Yields, infer Accepts>
    ? [Yields, Accepts] extends [undefined, undefined]
      ? false
      : true
    : false

/** An input that may be `undefined` may be left out: a parameter whose type contains `void` is optional. */
// biome-ignore lint/suspicious/noConfusingVoidType: see above
type Omittable<Input> = undefined extends Input ? Input | void : Input

import type { Contract } from './contract.ts'
import type { EventDefinition } from './event.ts'
import type { Procedure } from './procedure.ts'
import type { SchemaInput, SchemaOutput } from './schema.ts'

// The implementer parses inputs on receipt and outputs before they leave, and the publisher parses events. So callers
// and subscribers see one side of each schema, handlers and publishers the other.

/** What the caller of a procedure or notification passes. */
export type InputOf<Method> = Method extends { readonly input: infer Input } ? SchemaInput<Input> : never

/** What the caller of a procedure gets. */
export type OutputOf<Method> = Method extends { readonly output: infer Output } ? SchemaOutput<Output> : never

/** What the handler of a procedure or notification sees. */
export type HandlerInputOf<Method> = Method extends { readonly input: infer Input } ? SchemaOutput<Input> : never

/** What the handler of a procedure returns. */
export type HandlerOutputOf<Method> = Method extends { readonly output: infer Output } ? SchemaInput<Output> : never

/** The declared errors of a procedure: each code with the data that the caller gets. */
export type ErrorsOf<Method> =
  Method extends Procedure<infer _I, infer _O, infer Errors, infer _Y, infer _A> ? ErrorData<Errors> : never

/** Schemas of errors as the data that the caller gets; an error declared with `null` has none. */
export type ErrorData<Errors> = { readonly [Code in keyof Errors]: SchemaOutput<Errors[Code]> }

/** What a subscriber gets. */
export type PayloadOf<Event> =
  Event extends EventDefinition<infer _T, infer Payload, infer _S> ? SchemaOutput<Payload> : never

/** What is published. */
export type PublishedOf<Event> =
  Event extends EventDefinition<infer _T, infer Payload, infer _S> ? SchemaInput<Payload> : never

/** What names a topic, to subscribe and to publish; `void` for an event without topics. */
export type TopicOf<Event> = Event extends EventDefinition<infer Topic, infer _P, infer _S> ? SchemaInput<Topic> : never

/** What a subscriber gets to start from; `void` for an event without snapshots. */
export type SnapshotOf<Event> =
  Event extends EventDefinition<infer _T, infer _P, infer Snapshot> ? SchemaOutput<Snapshot> : never

/** The connection's state as the client reads it; `void` for a contract without state. */
export type StateOf<C> = C extends Contract<infer _S, infer _C, infer _E, infer State> ? SchemaOutput<State> : never

/** The connection's state as the server writes it. */
export type WrittenStateOf<C> =
  C extends Contract<infer _S, infer _C, infer _E, infer State> ? SchemaInput<State> : never

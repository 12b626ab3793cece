import type { MethodEntry, Notification, Procedure, SchemaInput, SchemaOutput } from '@wirepact/contract'
import { type CallErrorCode, WirepactError } from '@wirepact/protocol'
import type { DuplexStream, ItemStream, ItemWriter, SendOptions, StreamOptions } from './item-stream.ts'
import { nameTree } from './name-tree.ts'
import type { CallOptions } from './outgoing-call.ts'

/**
 * A procedure of the other side. Without input it is called as `list()` or `list(undefined, { timeoutMs })`: the
 * options are always the second argument.
 */
export interface Call<Input, Output, Errors> {
  /** Rejects with a {@link WirepactError}; see {@link CallError} for its codes. */
  (input: Input, options?: CallOptions): Promise<Output>
  /** Never rejects: the answer says `ok`, and a failure's `error` is told apart by its `code`. */
  safe(input: Input, options?: CallOptions): Promise<SafeResult<Output, Errors>>
}

/**
 * A notification to the other side. The promise tells that the message has been handed over, not that it was handled;
 * it rejects when there is no connection to carry it.
 */
export type Notify<Input> = (input: Input) => Promise<void>

/** A procedure of the other side that yields items. It is called at once, whether or not anybody reads. */
export type YieldingCall<Input, Item, Output> = (input: Input, options?: StreamOptions) => ItemStream<Item, Output>

/** A procedure of the other side that accepts items: given in the options, or written one by one. */
export interface AcceptingCall<Input, Item, Output> {
  (input: Input, options: SendOptions<Item>): Promise<Output>
  (input: Input, options?: StreamOptions): ItemWriter<Item, Output>
}

/** A procedure of the other side that accepts items and yields items. */
export interface DuplexCall<Input, Sent, Received, Output> {
  (input: Input, options: SendOptions<Sent>): ItemStream<Received, Output>
  (input: Input, options?: StreamOptions): DuplexStream<Sent, Received, Output>
}

/** What `safe` gives. */
export type SafeResult<Output, Errors> =
  | { readonly ok: true; readonly value: Output }
  | { readonly ok: false; readonly error: CallError<Errors> }

/** How a call can fail: as its contract declares, or as any call can; `code` tells them apart. */
export type CallError<Errors> =
  | { [Code in keyof Errors & string]: WirepactError<Code, Errors[Code]> }[keyof Errors & string]
  | WirepactError<CallErrorCode>

/** The procedures of the other side, as they are called. */
export type Remote<Procedures> = {
  readonly [Name in keyof Procedures]: Procedures[Name] extends Procedure<
    infer Input,
    infer Output,
    infer Errors,
    infer Yields,
    infer Accepts
  >
    ? [Yields, Accepts] extends [undefined, undefined]
      ? Call<
          Omittable<SchemaInput<Input>>,
          SchemaOutput<Output>,
          { readonly [Code in keyof Errors]: SchemaOutput<Errors[Code]> }
        >
      : StreamingCall<Omittable<SchemaInput<Input>>, Accepts, Yields, SchemaOutput<Output>>
    : Procedures[Name] extends Notification<infer Input>
      ? Notify<Omittable<SchemaInput<Input>>>
      : Remote<Procedures[Name]>
}

type StreamingCall<Input, Accepts, Yields, Output> = [Accepts] extends [undefined]
  ? YieldingCall<Input, SchemaOutput<Yields>, Output>
  : [Yields] extends [undefined]
    ? AcceptingCall<Input, SchemaInput<Accepts>, Output>
    : DuplexCall<Input, SchemaInput<Accepts>, SchemaOutput<Yields>, Output>

/** An input that may be `undefined` may be left out: a parameter whose type contains `void` is optional. */
// biome-ignore lint/suspicious/noConfusingVoidType: see above
type Omittable<Input> = undefined extends Input ? Input | void : Input

/** Makes calls, with items or without, and sends notifications. */
export interface RemoteCaller {
  invoke(entry: MethodEntry, input: unknown, options: CallOptions | undefined): Promise<unknown>
  /** Gives a stream, or the promise of its result. */
  open(entry: MethodEntry, input: unknown, options: Partial<SendOptions<unknown>> | undefined): unknown
}

/** The typed surface over a caller, with one function per procedure, made once. */
export function createRemote<Procedures>(methods: readonly MethodEntry[], caller: RemoteCaller): Remote<Procedures> {
  return nameTree(methods, (entry) => remoteMethod(entry, caller)) as Remote<Procedures>
}

function remoteMethod(entry: MethodEntry, caller: RemoteCaller): unknown {
  const isOneAnswer = entry.kind === 'call' || entry.kind === 'notify'
  const call = (input: unknown, options?: CallOptions) => caller.invoke(entry, input, options)
  const open = (input: unknown, options?: Partial<SendOptions<unknown>>) => caller.open(entry, input, options)
  const method = isOneAnswer ? call : open
  const safe = (input: unknown, options?: CallOptions) => call(input, options).then(succeeded, failed)
  // A name for stack traces and loggers; without it every procedure is called `call`.
  Object.defineProperty(method, 'name', { value: entry.name })
  return Object.freeze(entry.kind === 'call' ? Object.assign(method, { safe }) : method)
}

function succeeded(value: unknown): SafeResult<unknown, unknown> {
  return { ok: true, value }
}

function failed(thrown: unknown): SafeResult<unknown, unknown> {
  return { ok: false, error: WirepactError.from(thrown) as CallError<unknown> }
}

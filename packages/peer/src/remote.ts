import type { MethodEntry, Notification, Procedure, SchemaInput, SchemaOutput } from '@wirepact/contract'
import { type CallErrorCode, WirepactError } from '@wirepact/protocol'
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

/** A streaming procedure of the other side. Calling one is not implemented: it rejects with `unimplemented`. */
export type StreamCall<Input> = (input: Input, options?: CallOptions) => Promise<never>

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
      : StreamCall<Omittable<SchemaInput<Input>>>
    : Procedures[Name] extends Notification<infer Input>
      ? Notify<Omittable<SchemaInput<Input>>>
      : Remote<Procedures[Name]>
}

/** An input that may be `undefined` may be left out: a parameter whose type contains `void` is optional. */
// biome-ignore lint/suspicious/noConfusingVoidType: see above
type Omittable<Input> = undefined extends Input ? Input | void : Input

/** Makes one call, or sends one notification. */
export type Invoke = (entry: MethodEntry, input: unknown, options: CallOptions | undefined) => Promise<unknown>

/** The typed surface over `invoke`, with one function per procedure, made once. */
export function createRemote<Procedures>(methods: readonly MethodEntry[], invoke: Invoke): Remote<Procedures> {
  return nameTree(methods, (entry) => remoteMethod(entry, invoke)) as Remote<Procedures>
}

function remoteMethod(entry: MethodEntry, invoke: Invoke): unknown {
  const call = callOf(entry, invoke)
  const safe = (input: unknown, options?: CallOptions) => call(input, options).then(succeeded, failed)
  // A name for stack traces and loggers; without it every procedure is called `call`.
  Object.defineProperty(call, 'name', { value: entry.name })
  return Object.freeze(entry.kind === 'call' ? Object.assign(call, { safe }) : call)
}

function callOf(entry: MethodEntry, invoke: Invoke): (input: unknown, options?: CallOptions) => Promise<unknown> {
  switch (entry.kind) {
    case 'call':
    case 'notify':
      return (input, options) => invoke(entry, input, options)
    case 'yields':
    case 'accepts':
    case 'duplex':
      return () =>
        Promise.reject(new WirepactError('unimplemented', `${entry.name} is a stream; none can be called yet`))
  }
}

function succeeded(value: unknown): SafeResult<unknown, unknown> {
  return { ok: true, value }
}

function failed(thrown: unknown): SafeResult<unknown, unknown> {
  return { ok: false, error: WirepactError.from(thrown) as CallError<unknown> }
}

import type { MethodEntry } from '@wirepact/contract'
import { WirepactError } from '@wirepact/protocol'
import type { Clock } from './clock.ts'

/** The callee's end of a stream, as the invocation it belongs to sees it. */
export interface InvocationStream {
  /** As the handler gets them. */
  items: AsyncIterable<unknown> | undefined
  /** Nobody waits any more. */
  stop(reason: WirepactError<string>): void
  /** Whatever the handler gave, as the outcome of the call: later, when that is items to be sent. */
  answer(outcome: unknown): unknown
  /** The handler has settled. */
  close(): void
}

/**
 * What a handler receives. The signal is made when it is asked for, because most handlers never look at it and an
 * AbortController costs more than the rest of the call.
 */
export class Invocation {
  readonly entry: MethodEntry
  /** The call's id; 0 for a notification. */
  readonly id: number
  /** As it came at first; as its schema parsed it by the time a handler sees it. */
  input: unknown
  /** Middleware may add to it. */
  context: unknown
  readonly connection: unknown
  /** How long the caller waits from the moment the call arrived, in ms; undefined when it waits for ever. */
  readonly deadline: number | undefined
  /** When that time is over (the peer's clock); 0 while the handler has not proved to be asynchronous. */
  expiresAt = 0
  /** Set when the call was given up: by the caller, its deadline, or the end of the session. */
  cancelled: WirepactError<string> | undefined
  /** Its items, where it has any. */
  stream: InvocationStream | undefined
  readonly #clock: Clock
  #controller: AbortController | undefined

  constructor(
    clock: Clock,
    entry: MethodEntry,
    id: number,
    input: unknown,
    context: unknown,
    connection: unknown,
    deadline: number | undefined,
  ) {
    this.#clock = clock
    this.entry = entry
    this.id = id
    this.input = input
    this.context = context
    this.connection = connection
    this.deadline = deadline
  }

  /** The procedure's dotted path. */
  get path(): string {
    return this.entry.name
  }

  get timeLeftMs(): number | undefined {
    // Until the handler has waited for something, no time has passed.
    if (this.deadline === undefined || this.expiresAt === 0) return this.deadline
    return Math.max(0, this.expiresAt - this.#clock.now())
  }

  get kind(): MethodEntry['kind'] {
    return this.entry.kind
  }

  /** What the caller sends, for a procedure that accepts items. */
  get items(): AsyncIterable<unknown> | undefined {
    return this.stream?.items
  }

  set items(items: AsyncIterable<unknown> | undefined) {
    if (this.stream !== undefined) this.stream.items = items
  }

  /** Aborted when nobody waits for the answer any more. */
  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController()
      if (this.cancelled !== undefined) this.#controller.abort(this.cancelled)
    }
    return this.#controller.signal
  }

  /** Makers of the errors that the procedure declares, to return or to throw. */
  get errors(): Readonly<Record<string, (data?: unknown) => WirepactError<string>>> {
    return declaredErrors(this.entry)
  }

  cancel(reason: WirepactError<string>): void {
    if (this.cancelled !== undefined) return
    this.cancelled = reason
    this.#controller?.abort(reason)
    this.stream?.stop(reason)
  }
}

const makers = new WeakMap<MethodEntry, Readonly<Record<string, (data?: unknown) => WirepactError<string>>>>()

function declaredErrors(entry: MethodEntry): Readonly<Record<string, (data?: unknown) => WirepactError<string>>> {
  const known = makers.get(entry)
  if (known !== undefined) return known
  const made: Record<string, (data?: unknown) => WirepactError<string>> = {}
  for (const code of Object.keys(entry.definition.errors ?? {})) {
    made[code] = (data) => new WirepactError(code, `${entry.name}: ${code}`, { data, declared: true })
  }
  Object.freeze(made)
  makers.set(entry, made)
  return made
}

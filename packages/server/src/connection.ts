import type { AnyContract, EventEntry, StateOf, WrittenStateOf } from '@wirepact/contract'
import { createEventMemberships, createRemote, type EventMemberships, type Remote } from '@wirepact/peer'
import { streaming } from '@wirepact/peer/streaming'
import { closeCode } from '@wirepact/protocol'
import type { ConnectionRequest } from './request.ts'
import type { ServedConnection } from './served-connection.ts'

/** One connected client, as handlers see it. */
export interface Connection<C extends AnyContract, Context> {
  /** Unique among all connections of all time; fit for a log. */
  readonly id: string
  /** What `authenticate` made of the client. */
  readonly context: Context
  /** The upgrade request that the connection began with. */
  readonly request: ConnectionRequest
  /** What the client implements. */
  readonly api: Remote<C['client']>
  /** Topics that the server listens to on the client's behalf. */
  readonly events: EventMemberships<C['events']>
  /** What the client sees of its state. */
  readonly state: WrittenState<StateOf<C>, WrittenStateOf<C>>
  /** Aborted when the connection has ended. */
  readonly signal: AbortSignal
  /**
   * Bytes that wait to leave, for whoever would rather send less than let a slow client miss something. Above
   * `limits.highWaterBytes` events wait in their log instead.
   */
  readonly bufferedBytes: number
  /** Closes once what is queued has left. @default 4440 (going away): the client connects again */
  close(code?: number, reason?: string): void
  /**
   * Demands fresh credentials on the live connection; `context` is replaced when they are accepted. Refused ones, and
   * none within `graceMs`, close it with 4401. `expiresInMs` of the server's options does this by itself.
   *
   * @default 25,000 ms
   * @throws RangeError when it is not from 0 to a day
   */
  requireCredentials(options?: { readonly graceMs?: number | undefined }): void
  /** Cuts the connection at once, as a broken cable would: the client connects again. */
  terminate(): void
}

/** The server's end of a connection's state. */
export interface WrittenState<Value, Written> {
  readonly value: Value
  /** Replaces the whole state; only what differs travels. @throws TypeError when the contract does not allow it */
  set(next: Written): void
  /** Replaces the fields that are given. @throws TypeError when the contract does not allow the result */
  update(fields: Partial<Written>): void
}

/** The typed face of a connection; what it needs is made when it is first asked for. */
export class ConnectionFace<C extends AnyContract, Context> implements Connection<C, Context> {
  readonly #served: ServedConnection
  readonly #contract: {
    readonly clientMethods: Parameters<typeof createRemote>[0]
    readonly events: readonly EventEntry[]
  }
  #api: Remote<C['client']> | undefined
  #events: EventMemberships<C['events']> | undefined

  constructor(
    served: ServedConnection,
    contract: { readonly clientMethods: Parameters<typeof createRemote>[0]; readonly events: readonly EventEntry[] },
  ) {
    this.#served = served
    this.#contract = contract
  }

  get id(): string {
    return this.#served.id
  }

  get context(): Context {
    return this.#served.context as Context
  }

  get request(): ConnectionRequest {
    return this.#served.request
  }

  get api(): Remote<C['client']> {
    const { caller } = this.#served
    this.#api ??= createRemote<C['client']>(this.#contract.clientMethods, {
      invoke: (entry, input, options) => caller.invoke(entry, input, options),
      open: (entry, input, options) => streaming.open(caller, entry, input, options),
    })
    return this.#api
  }

  get events(): EventMemberships<C['events']> {
    this.#events ??= createEventMemberships<C['events']>(this.#contract.events, {
      join: (entry, topic) => this.#served.publication.join(entry, topic),
      leave: (entry, topic) => this.#served.publication.leave(entry, topic),
    })
    return this.#events
  }

  get state(): WrittenState<StateOf<C>, WrittenStateOf<C>> {
    const { state } = this.#served
    if (state === undefined)
      throw new TypeError('connection.state: the contract has no state, or the session is not open yet')
    return state as unknown as WrittenState<StateOf<C>, WrittenStateOf<C>>
  }

  get signal(): AbortSignal {
    return this.#served.signal
  }

  get bufferedBytes(): number {
    return this.#served.bufferedBytes
  }

  close(code: number = closeCode.goingAway, reason = ''): void {
    this.#served.close(code, reason)
  }

  requireCredentials(options: { readonly graceMs?: number | undefined } = {}): void {
    this.#served.requireCredentials(options.graceMs)
  }

  terminate(): void {
    this.#served.channel.terminate()
  }

  /** What a log prints: no credentials, no context. */
  toJSON(): object {
    return { id: this.id }
  }
}

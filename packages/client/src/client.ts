import type { AnyContract, StateOf } from '@wirepact/contract'
import type { EventReceivers, Remote } from '@wirepact/peer'
import type { Observable, Status } from './status.ts'

/** A server, as its client sees it. It outlives connections: it is made once and reconnects by itself. */
export interface Client<C extends AnyContract> {
  /** What the server implements. Calls made while there is no connection wait for one, up to their deadline. */
  readonly api: Remote<C['server']>
  /** What the server publishes. */
  readonly events: EventReceivers<C['events']>
  /** What the server wrote for this client; undefined until the first copy has arrived. */
  readonly state: Observable<StateOf<C> | undefined>
  readonly status: Observable<Status>
  /**
   * Resolves when there is a connection (at once when there is one).
   * Rejects with a WirepactError when the client is closed, refused by the server, or the signal is aborted.
   */
  connected(options?: { readonly signal?: AbortSignal | undefined }): Promise<void>
  /**
   * Closes the connection for good. Calls that wait or run reject with `cancelled`, subscriptions end. Resolves when
   * the connection is closed. Idempotent.
   */
  close(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

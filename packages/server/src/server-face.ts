import type { AnyContract } from '@wirepact/contract'
import type { EventPublishers } from '@wirepact/peer'
import type { ChannelSource } from '@wirepact/protocol'
import type { DrainOptions } from './drain.ts'
import type { Limits } from './limits.ts'
import type { Connections } from './live-connections.ts'
import type { ServerMetrics } from './metrics.ts'
import type { Nodes } from './nodes/nodes.ts'
import type { Readiness } from './readiness.ts'
import type { ConnectionRequest } from './request.ts'

/** A served contract. It owns no port: `listen` and `attach` of `@wirepact/server/node` bring it connections. */
export interface Server<C extends AnyContract, Context> {
  /** The clients that are connected now. */
  readonly connections: Connections<C, Context>
  /** The servers that share this one's log, and the clients they hold. */
  readonly nodes: Nodes<C>
  /** Publishes the contract's events. */
  readonly events: EventPublishers<C['events']>
  readonly limits: Limits
  /** Whether another connection may begin its handshake (see `limits.waitingConnections`). */
  readonly accepting: boolean
  /** Serves one connection. For adapters and tests; never throws. */
  accept(source: ChannelSource, request?: ConnectionRequest): void
  /** Called by `close` before connections are ended: adapters stop to listen. Returns what removes it. */
  onClose(stop: () => void | Promise<void>): () => void
  /**
   * For rolling deploys: refuses new clients (4440) and asks every other to leave, each at its own moment. A client makes
   * its next connection, elsewhere, before it leaves this one, and leaves once nothing of it is in flight here: no call
   * fails, no event is lost. One whose connection broke may come back for its answers. Resolves when all have gone and
   * nobody is expected back, or the deadline has passed and the rest was closed with 4440. `close` it then.
   *
   * @throws RangeError for times that are not 0 or more
   */
  drain(options: DrainOptions): Promise<void>
  /**
   * Ends every session of a principal at once, those of absent clients included, with 4401; a client that is just being
   * let in is refused. Who comes afterwards is for `authenticate` to judge. Returns how many sessions that were. On this
   * node: `nodes.revoke` does so on all.
   *
   * @param principal as the option `principal` names it
   * @throws TypeError without that option, as nobody has a name then
   */
  revoke(principal: string): number
  /** What there is to count now. It looks at each connection: ask for it every few seconds, not at each call. */
  metrics(): ServerMetrics
  /**
   * Whether new clients should be sent here: it does not drain or close, and the log answers within 1 s. Never rejects.
   * The log is asked once a second at most, however often this is.
   */
  readiness(): Promise<Readiness>
  /**
   * Stops to listen and closes every connection with 4440 (going away). Resolves when that is done; calls that were
   * running have their signals aborted.
   */
  close(reason?: string): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

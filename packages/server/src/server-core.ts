import type { CompiledContract, Schema } from '@wirepact/contract'
import type {
  Clock,
  Deliveries,
  Implementation,
  Incidents,
  KeyedCalls,
  PeerCodec,
  PublicationOptions,
  Shapes,
} from '@wirepact/peer'
import type { Channel, HelloMessage } from '@wirepact/protocol'
import type { Bounds } from './bounds.ts'
import type { Heartbeat } from './heartbeat.ts'
import type { Limits } from './limits.ts'
import type { Renewed } from './renewal.ts'
import type { ConnectionRequest } from './request.ts'

/** What all connections of a server share. */
export interface Shared {
  readonly compiled: CompiledContract
  readonly implementation: Implementation
  readonly stateSchema: Schema | undefined
  readonly clock: Clock
  readonly incidents: Incidents
  readonly limits: Limits
  readonly bounds: Bounds
  /** For the subscriptions of each connection. */
  readonly publishing: PublicationOptions
  readonly heartbeat: Heartbeat
  readonly deliveries: Deliveries
  /** How long keys of calls are remembered, in ms. */
  readonly keyMs: number
}

/** What a connection tells its server, and asks of it. */
export interface ServerCore<Connection> extends Shared {
  /** Fresh credentials on a connection that stands. Rejects to refuse them. */
  reauthenticate(connection: Connection, credentials: unknown): Promise<Renewed>
  /** The client has shown that it knows its newest token. */
  spoke(connection: Connection): void
  /** The channel broke; the client may come back and carry on. */
  absent(connection: Connection): void
  /** The session has ended. */
  gone(connection: Connection): void
}

/** What is known of a client when its session begins. */
interface Admission {
  readonly id: string
  readonly channel: Channel
  readonly codec: PeerCodec
  readonly encoding: 'binary' | 'json'
  /** Where client and server lay values out by shape. */
  readonly shapes: Shapes | undefined
  readonly hello: HelloMessage
  readonly request: ConnectionRequest
  readonly context: unknown
  readonly expiresInMs: number | undefined
  /** The keys of this client's calls, and the name of what remembers them. */
  readonly keyed: KeyedCalls
  readonly keys: string | undefined
}

/** The same, where its session begins. */
export interface Admitted<Connection> extends Admission {
  readonly core: ServerCore<Connection>
  /** What handlers are given as `connection`. */
  readonly face: (connection: Connection) => unknown
}

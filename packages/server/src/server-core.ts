import type { CompiledContract, Schema } from '@wirepact/contract'
import type { Clock, Implementation, Incidents, KeyedCalls, PeerCodec, TopicDirectory } from '@wirepact/peer'
import type { Channel, HelloMessage } from '@wirepact/protocol'
import type { Heartbeat } from './heartbeat.ts'
import type { Limits } from './limits.ts'
import type { ConnectionRequest } from './request.ts'

/** What all connections of a server share. */
export interface Shared {
  readonly compiled: CompiledContract
  readonly implementation: Implementation
  readonly stateSchema: Schema | undefined
  readonly topics: TopicDirectory
  readonly clock: Clock
  readonly incidents: Incidents
  readonly limits: Limits
  readonly heartbeat: Heartbeat
  /** How long keys of calls are remembered, in ms. */
  readonly keyMs: number
}

/** What is known of a client when its session begins. */
export interface Admission {
  readonly id: string
  readonly channel: Channel
  readonly codec: PeerCodec
  readonly encoding: 'binary' | 'json'
  readonly hello: HelloMessage
  readonly request: ConnectionRequest
  readonly context: unknown
  readonly expiresInMs: number | undefined
  /** The keys of this client's calls, and the name of what remembers them. */
  readonly keyed: KeyedCalls
  readonly keys: string | undefined
}

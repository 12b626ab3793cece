import type { EventLog, LogCaps } from '@wirepact/eventlog'
import type { KeyedRuns } from './keyed-runs.ts'
import type { NodeCounts } from './nodes/nodes.ts'
import type { ServedConnection } from './served-connection.ts'
import type { Sessions } from './sessions.ts'
import type { Topics } from './topics.ts'

/** What a server counts: all of it as of now, but for what has `since it began`. */
export interface ServerMetrics {
  /** This node's id. */
  readonly node: string
  readonly isDraining: boolean
  /** Connected clients. */
  readonly connections: number
  /** Connections between handshake and welcome (`limits.waitingConnections`). */
  readonly openings: number
  /** Hellos that asked to be let in, since it began. */
  readonly hellos: number
  /** Sessions whose client is away, and what is kept for them, in bytes (`limits.detachedBytes`), as of the last second. */
  readonly absentSessions: number
  readonly absentBytes: number
  /** Bytes that wait to leave to connected clients. */
  readonly bufferedBytes: number
  /** Bytes that connected clients have not acknowledged. */
  readonly heldBytes: number
  /** Calls of clients whose handler runs, streams included. */
  readonly callsRunning: number
  /** Calls to clients that have no answer. */
  readonly callsToClients: number
  /** Topics that somebody on this node listens to, and subscriptions to them. */
  readonly topics: number
  readonly subscriptions: number
  /** Calls with a key that run here. */
  readonly keyedRuns: number
  readonly log: LogCaps
  readonly nodes: NodeCounts
}

/** Where it is counted. */
export interface CountedServer {
  readonly openings: number
  readonly hellos: number
  readonly isDraining: boolean
  readonly core: { readonly topics: Topics; readonly nodes: { readonly id: string; readonly counts: NodeCounts } }
  readonly live: ReadonlyMap<string, ServedConnection>
  readonly sessions: Sessions
  readonly keyed: KeyedRuns
  readonly log: EventLog
}

export function metricsOf(server: CountedServer): ServerMetrics {
  const { core, hellos, isDraining, keyed, live, log, openings, sessions } = server
  const sum = { bufferedBytes: 0, heldBytes: 0, callsRunning: 0, callsToClients: 0 }
  for (const connection of live.values()) {
    sum.bufferedBytes += connection.bufferedBytes
    sum.heldBytes += connection.heldBytes
    sum.callsRunning += connection.peer.running
    sum.callsToClients += connection.client.pending
  }
  return {
    ...{ node: core.nodes.id, isDraining, connections: live.size, openings, hellos },
    ...{ absentSessions: sessions.absent, absentBytes: sessions.heldBytes },
    ...sum,
    ...{ topics: core.topics.size, subscriptions: core.topics.subscriptions, keyedRuns: keyed.size },
    ...{ log: log.caps, nodes: core.nodes.counts },
  }
}

import type { AnyContract, CompiledContract } from '@wirepact/contract'
import type { EventLog } from '@wirepact/eventlog'
import type { Incidents, Publishing } from '@wirepact/peer'
import type { KeyedRuns } from '../keyed-runs.ts'
import type { Limits } from '../limits.ts'
import type { Listener } from '../listener.ts'
import type { System } from '../options.ts'
import type { Roster } from '../roster.ts'
import type { ServedConnection } from '../served-connection.ts'
import type { Topics } from '../topics.ts'
import type { LocalListeners } from './listeners.ts'
import { type NodesOptions, ServerNodes } from './nodes.ts'

/** What of a server other nodes may ask about. */
export interface AskedServer {
  readonly compiled: CompiledContract
  readonly incidents: Incidents
  readonly limits: Limits
  readonly topics: Topics
  revoke(principal: string): number
}

/** Makes a server one of the nodes of its log, where that is shared. */
export function nodesOf<C extends AnyContract>(
  server: AskedServer,
  id: string,
  log: EventLog,
  system: System,
  options: { readonly nodes?: NodesOptions | false; readonly principal?: unknown },
  { live, keyed }: { readonly live: Roster<ServedConnection>; readonly keyed: KeyedRuns },
): ServerNodes<C> {
  const { compiled, incidents, limits, topics } = server
  const { nodes = {}, principal } = options
  return new ServerNodes<C>({
    ...{ id, log, clock: system.clock, incidents, limits },
    random: () => (system.randomBytes(1)[0] ?? 0) / 256,
    isShared: nodes !== false && log.caps.shared,
    options: nodes === false ? {} : nodes,
    clientMethods: compiled.clientMethods,
    holder: principal === undefined ? undefined : live,
    listeners: (key) => listenersIn(topics, live, key),
    run: (name) => keyed.runOf(name),
    revoke: (name) => server.revoke(name),
  })
}

/** Publishes to the topics of a server, and asks all nodes who listens. */
export function publishingBy<C extends AnyContract>(topics: Topics, nodes: ServerNodes<C>): Publishing {
  return {
    publish: (entry, topic, payload) => topics.publish(entry, topic, payload),
    listeners: async (entry, topic, age) => nodes.listeners(await topics.keyOfUnparsed(entry, topic), age),
  }
}

function listenersIn(topics: Topics, live: Roster<ServedConnection>, key: string): LocalListeners {
  const principals = new Set<string>()
  let count = 0
  for (const listener of topics.listenersOf(key)) {
    count++
    const principal = live.principalOf((listener as Listener).connection as ServedConnection)
    if (principal !== undefined && principals.size < mostNamed) principals.add(principal)
  }
  return { count, principals: [...principals] }
}

/** Names that one node gives for one topic. */
const mostNamed = 1_000

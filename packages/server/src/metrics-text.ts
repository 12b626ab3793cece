import type { ServerMetrics } from './metrics.ts'

type Row = readonly [name: string, type: 'gauge' | 'counter', help: string, value: (metrics: ServerMetrics) => number]

/** Prometheus: base units in the name, `_total` for what only grows. */
const rows: readonly Row[] = [
  ['draining', 'gauge', '1 while clients are asked to leave', ({ isDraining }) => Number(isDraining)],
  ['connections', 'gauge', 'Connected clients', ({ connections }) => connections],
  ['openings', 'gauge', 'Connections between handshake and welcome', ({ openings }) => openings],
  ['hellos_total', 'counter', 'Clients that asked to be let in', ({ hellos }) => hellos],
  ['absent_sessions', 'gauge', 'Sessions whose client is away', ({ absentSessions }) => absentSessions],
  ['absent_bytes', 'gauge', 'Kept for clients that are away', ({ absentBytes }) => absentBytes],
  ['buffered_bytes', 'gauge', 'Waiting to leave to connected clients', ({ bufferedBytes }) => bufferedBytes],
  ['held_bytes', 'gauge', 'Not acknowledged by connected clients', ({ heldBytes }) => heldBytes],
  ['calls_running', 'gauge', 'Calls of clients whose handler runs', ({ callsRunning }) => callsRunning],
  ['calls_to_clients', 'gauge', 'Calls to clients without an answer', ({ callsToClients }) => callsToClients],
  ['topics', 'gauge', 'Topics listened to on this node', ({ topics }) => topics],
  ['subscriptions', 'gauge', 'Subscriptions of this node', ({ subscriptions }) => subscriptions],
  ['keyed_runs', 'gauge', 'Calls with a key that run here', ({ keyedRuns }) => keyedRuns],
  ['nodes', 'gauge', 'Nodes that are there, this one among them', ({ nodes }) => nodes.known],
  ['nodes_reachable', 'gauge', '1 when the log took the last message', ({ nodes }) => Number(nodes.reachable)],
  ['nodes_calling', 'gauge', 'Calls that wait for another node', ({ nodes }) => nodes.calling],
  ['nodes_called', 'gauge', 'Calls that run here for other nodes', ({ nodes }) => nodes.called],
  ['nodes_sent_total', 'counter', 'Messages to other nodes', ({ nodes }) => nodes.sent],
  ['nodes_heard_total', 'counter', 'Messages of other nodes', ({ nodes }) => nodes.heard],
  ['nodes_refused_total', 'counter', 'Messages between nodes that were refused', ({ nodes }) => nodes.refused],
]

/** Metrics in the text format of Prometheus (version 0.0.4), each with the prefix `wirepact_`. */
export function metricsText(metrics: ServerMetrics): string {
  const { log, node } = metrics
  const info = `node="${node.replace(/[\\"\n]/g, '_')}",durable="${log.durable}",shared="${log.shared}"`
  const lines = ['# HELP wirepact_info This node and its log', '# TYPE wirepact_info gauge', `wirepact_info{${info}} 1`]
  for (const [name, type, help, value] of rows) {
    lines.push(
      `# HELP wirepact_${name} ${help}`,
      `# TYPE wirepact_${name} ${type}`,
      `wirepact_${name} ${value(metrics)}`,
    )
  }
  return `${lines.join('\n')}\n`
}

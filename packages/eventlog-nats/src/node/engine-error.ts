import { JetStreamApiError, JetStreamError } from '@nats-io/jetstream'
import { errors } from '@nats-io/transport-node'
import { EventLogError } from '@wirepact/eventlog'

/**
 * - `unanswered`: no reply in time, or the connection was lost; what was asked may have been done.
 * - `missing`: nobody answers for the stream. It is gone, or not there yet.
 * - `conflict`: the subject has another last message than was expected; nothing was stored.
 * - `full`: a bound of the stream or of the engine; nothing was stored.
 * - `refused`: anything else that the engine said no to.
 */
export type EngineReason = 'unanswered' | 'missing' | 'conflict' | 'full' | 'refused'

/** Why the engine did not do what it was asked to. Never leaves the package: `asLogError` says it in the port's words. */
export class EngineError extends Error {
  readonly reason: EngineReason

  constructor(reason: EngineReason, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'EngineError'
    this.reason = reason
  }
}

// The server's own numbers (errors.json of nats-server).
const streamNotFound = 10059
const reasons = new Map<number, EngineReason>([
  [10071, 'conflict'], // wrong last sequence
  [10164, 'conflict'], // wrong last sequence, of a subject that is being written
  [10077, 'full'], // the stream's store failed: maximum bytes, or messages, exceeded
  [10076, 'full'],
  [10023, 'full'], // insufficient resources
  [10047, 'full'], // insufficient storage resources
  [10028, 'full'],
  [10008, 'unanswered'], // JetStream is temporarily unavailable
  [10009, 'unanswered'], // cluster without a leader
  [streamNotFound, 'missing'],
])

export function engineError(error: unknown): EngineError {
  if (error instanceof EngineError) return error
  return new EngineError(reasonOf(error), error instanceof Error ? error.message : String(error), { cause: error })
}

function reasonOf(error: unknown): EngineReason {
  if (error instanceof JetStreamApiError) return reasons.get(error.code) ?? 'refused'
  if (error instanceof errors.RequestError && error.isNoResponders()) return 'missing'
  if (error instanceof errors.TimeoutError || error instanceof errors.ClosedConnectionError) return 'unanswered'
  if (error instanceof errors.RequestError || error instanceof errors.ConnectionError) return 'unanswered'
  if (!(error instanceof Error)) return 'refused'
  // The client says so of a publish that nobody answers for.
  if (error.name === 'JetStreamNotEnabled') return 'missing'
  if (error instanceof JetStreamError && /no responders/.test(error.message)) return 'missing'
  return 'refused'
}

/** Whether the stream is known to be gone, not merely silent. */
export function saysNoStream(error: unknown): boolean {
  return error instanceof EngineError && error.cause instanceof JetStreamApiError && error.cause.code === streamNotFound
}

/** What the caller of the port is told. Its own mistakes pass as they are. */
export function asLogError(error: unknown): unknown {
  if (error instanceof EventLogError || error instanceof RangeError) return error
  const { reason, message } = engineError(error)
  if (reason === 'full') return new EventLogError('full', `NATS has no room left: ${message}`, { cause: error })
  return new EventLogError('unavailable', `NATS did not do it (${reason}): ${message}`, { cause: error })
}

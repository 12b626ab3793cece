import { ErrorReply } from '@redis/client'
import { EventLogError } from '@wirepact/eventlog'

/**
 * What an engine answers while it cannot do what is asked, and soon can: it loads its data, or another is to be the
 * primary. https://redis.io/docs/latest/develop/reference/protocol-spec/#simple-errors has no list; these are the names in
 * Redis 7 and Valkey 8.
 */
const passing = /^(LOADING|READONLY|MASTERDOWN|CLUSTERDOWN|TRYAGAIN|MOVED|ASK|UNBLOCKED)\b/

/** Whether the request may succeed when it is made again: the engine did not refuse it for good. */
export function mayPass(error: unknown): boolean {
  if (isMisuse(error)) return false
  // What else is no answer of the engine is a connection that ended.
  return !(error instanceof ErrorReply) || passing.test(error.message)
}

/** The failure of a request that the engine refused; what was wrong in itself stays what it is. */
export function refusal(error: unknown): EventLogError | TypeError | RangeError {
  if (error instanceof EventLogError || isMisuse(error)) return error
  const message = error instanceof Error ? error.message : String(error)
  // "OOM command not allowed when used memory > 'maxmemory'"
  if (/\bOOM\b/.test(message)) return new EventLogError('full', `the engine is full: ${message}`, { cause: error })
  return new EventLogError('unavailable', `the engine refused: ${message}`, { cause: error })
}

function isMisuse(error: unknown): error is TypeError | RangeError {
  return error instanceof TypeError || error instanceof RangeError
}

export function closed(): EventLogError {
  return new EventLogError('closed', 'the event log is closed')
}

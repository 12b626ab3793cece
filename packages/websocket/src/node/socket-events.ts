import type { ConnectionEvents } from '../connection-events.ts'

/** What a socket tells its owner, see `ConnectionEvents`. */
export type SocketEvents = Pick<
  ConnectionEvents,
  'message' | 'ping' | 'pong' | 'drain' | 'closing' | 'failed' | 'closed'
>

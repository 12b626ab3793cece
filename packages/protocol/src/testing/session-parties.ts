import type { SessionEnd, Wire } from './session-end.ts'

/** A connection: two directions, and which end still believes in it. */
export interface Connection {
  readonly toServer: Wire
  readonly toClient: Wire
  clientGone: boolean
  serverGone: boolean
  /** Hello has arrived; permission is being asked for. */
  opening: { readonly found: Served | undefined; readonly presented: number; readonly received: number } | undefined
  session: Served | undefined
}

/** A session at the server. */
export interface Served {
  readonly id: number
  readonly end: SessionEnd
  connection: Connection
  token: number
  /** The token before it, until the client has spoken on the new connection. */
  previous: number | undefined
  /** Calls whose handlers run. */
  readonly running: { readonly id: number; readonly label: number }[]
}

/** A session at the client. */
export interface Held {
  readonly id: number
  readonly end: SessionEnd
  token: number
  readonly inFlight: Map<number, number>
}

/** What hello says to carry a session on. */
export function resumeOf({ id, end, token }: Held) {
  return { session: String(id), token: tokenBytes(token), received: end.session.received }
}

export function tokenBytes(token: number): Uint8Array {
  return Uint8Array.of(token >> 8, token & 255)
}

export function tokenOf(bytes: Uint8Array | undefined): number {
  return bytes === undefined ? 0 : (bytes[0] as number) * 256 + (bytes[1] as number)
}

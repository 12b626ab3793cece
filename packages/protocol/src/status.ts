/**
 * WebSocket close codes that the protocol decides (PROTOCOL.md, "Close codes"). RFC 6455's own codes stay with the
 * WebSocket layer; these lie in the private range because a browser's script can send and read that one.
 */
export const closeCode = {
  /** A message that the protocol does not allow: unknown kind, truncated, wrong field, wrong moment. */
  protocolViolation: 4400,
  /** The credentials were refused, or fresh ones did not arrive in time. */
  unauthenticated: 4401,
  /** The page's origin is not one that the server accepts. */
  forbiddenOrigin: 4403,
  /** A text message on `wirepact.1`, or a binary one on `wirepact.1+json`. */
  wrongMessageType: 4406,
  /** No hello in time, or too many bytes before it. */
  helloTimeout: 4408,
  /** A newer connection of the same session took over. */
  superseded: 4409,
  /** The peer was silent for longer than the heartbeat allows. */
  heartbeatLost: 4410,
  /** A message above the receiver's `messageBytes`. */
  messageTooLarge: 4413,
  /** A value that the decode guard refuses: too deep, too many items, a refused key or type. */
  malformedValue: 4422,
  /** More messages, subscriptions or calls than allowed, and back-pressure did not help. */
  tooMany: 4429,
  /** The server drains: come back after the delay it named. */
  goingAway: 4440,
  /** The server restarts: come back after the delay it named. */
  restart: 4441,
  /** The peer does not read what is sent to it. */
  slowConsumer: 4460,
  /** A fault of the side that closes. */
  internal: 4499,
} as const

export type CloseCode = (typeof closeCode)[keyof typeof closeCode]

/**
 * Whether a client that was closed with this code may connect again by itself. The others would be refused again, or
 * (4409) would fight with the connection that took over.
 */
export function mayReconnect(code: number): boolean {
  return !final.includes(code)
}

const final: readonly number[] = [
  closeCode.protocolViolation,
  closeCode.unauthenticated,
  closeCode.forbiddenOrigin,
  closeCode.wrongMessageType,
  closeCode.superseded,
]

/** Codes of a failed call that is not one of the procedure's declared errors: a closed set (PROTOCOL.md, "Errors"). */
export type CallErrorCode =
  | 'invalid-input'
  | 'internal'
  | 'unimplemented'
  | 'incompatible'
  | 'cancelled'
  | 'deadline-exceeded'
  | 'unauthenticated'
  | 'permission-denied'
  | 'resource-exhausted'
  | 'message-too-large'
  | 'connection-lost'
  | 'conflict'
  | 'indeterminate'
  | 'unavailable'
  | 'gap'

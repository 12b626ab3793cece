import {
  type CodecLimits,
  publicLimits as publicCodec,
  publicWindows,
  trustedLimits as trustedCodec,
  trustedWindows,
} from '@wirepact/protocol'

/** What one connection, and all of them together, may cost. Every number is per connection unless it says otherwise. */
export interface Limits extends CodecLimits {
  /** From the WebSocket handshake to the client's hello, and to its answer, in ms. Beyond: close 4408, and 4499. */
  readonly helloTimeoutMs: number
  /** Bytes of the hello message. Beyond: close 4413. */
  readonly helloBytes: number
  /** Connections of the whole server that may be between handshake and welcome. Beyond: HTTP 503. */
  readonly waitingConnections: number
  /** Handlers of one client's calls running at once. Beyond: the call fails with `resource-exhausted`. */
  readonly callsInFlight: number
  /** Streams that a client has open at once; they do not count as calls. Beyond: `resource-exhausted`. */
  readonly streams: number
  /** Bytes of one stream from the client that may wait for their handler; doubled while the connection is faster. */
  readonly streamBytes: number
  /** What `streamBytes` may grow to. */
  readonly streamBytesMost: number
  /** Items of one stream that may wait for their handler; they grow with the bytes, up to sixteen times. */
  readonly streamItems: number
  /**
   * Bytes of all of a connection's streams that may wait for their handlers, beyond the first `streamBytes` of each: a
   * handler that does not read holds up no other. All that may wait is `connectionBytes` + `streams` · `streamBytes`.
   */
  readonly connectionBytes: number
  /** Topics listened to at once. Beyond: the subscription fails with `resource-exhausted`. */
  readonly subscriptions: number
  /**
   * Messages per second, twice as many at once; 0: no limit. Those that a resume sends again do not count. Beyond: less
   * is read, and after 10 s of that the connection is closed with 4429.
   */
  readonly messagesPerSecond: number
  /** Bytes of messages per second, likewise. */
  readonly bytesPerSecond: number
  /** Calls per second, twice as many at once; 0: no limit. Beyond: `resource-exhausted` with `data.retryAfterMs`. */
  readonly callsPerSecond: number
  /** Subscriptions per second, likewise. */
  readonly subscriptionsPerSecond: number
  /** Cancels per second, likewise. Beyond: ignored, the call runs on. */
  readonly cancelsPerSecond: number
  /** Pings per second, likewise. Beyond: of those that came too soon the latest is answered, later. */
  readonly pingsPerSecond: number
  /** Bytes waiting to leave above which no events are pushed; they are read from the log when it drains. */
  readonly highWaterBytes: number
  /** Bytes waiting to leave, beside those of the resend window, above which the connection is closed with 4460. */
  readonly hardCapBytes: number
  /**
   * How long a client may take none of what waits above `highWaterBytes`, in ms. Beyond: the connection is closed with
   * 4460; the session stays, and the client may come back to it.
   */
  readonly noProgressMs: number
  /** Reliable messages a client has not acknowledged, in bytes and in messages, before nothing more is written. */
  readonly resendBytes: number
  readonly resendMessages: number
  /**
   * Bytes remembered for the keys of one principal's calls, in the whole server. Beyond: a call with a key that is not
   * known yet fails with `resource-exhausted`.
   */
  readonly keyedBytes: number
  /** How long the session of a client whose connection broke is kept, in ms; 0: not at all. */
  readonly detachedMs: number
  /**
   * Bytes kept for absent clients, in the whole server; each counts for 16 KiB more than is kept for it. Beyond: the
   * session absent for longest is ended, of who holds most beyond `detachedShareBytes`, or else of all.
   */
  readonly detachedBytes: number
  /**
   * Of `detachedBytes`, what one principal's absent sessions may hold before they give way to others'. Clients of one
   * principal are those with the same `principal`, or without that the same credentials; those without any are one.
   */
  readonly detachedShareBytes: number
  /**
   * Sessions of one principal, those of absent clients included; 0: no limit. Counted for those whom the option
   * `principal` names. Beyond: its session absent for longest is ended, or, when none is, the new one closed with 4429.
   */
  readonly sessionsPerPrincipal: number
}

/** For clients that anybody may run. The default. */
export const publicLimits: Limits = {
  ...publicCodec,
  helloTimeoutMs: 5_000,
  helloBytes: 16 * 1024,
  waitingConnections: 1_000,
  callsInFlight: 256,
  streams: 128,
  // All that may be open fit into half of `connectionBytes`.
  streamBytes: 64 * 1024,
  streamBytesMost: publicWindows.most.bytes,
  streamItems: publicWindows.initial.items,
  connectionBytes: publicWindows.connectionBytes,
  subscriptions: 256,
  messagesPerSecond: 5_000,
  bytesPerSecond: 0,
  callsPerSecond: 0,
  subscriptionsPerSecond: 500,
  cancelsPerSecond: 0,
  pingsPerSecond: 10,
  highWaterBytes: 256 * 1024,
  hardCapBytes: 4 * 1024 * 1024,
  noProgressMs: 10_000,
  resendBytes: 4 * 1024 * 1024,
  resendMessages: 4_096,
  keyedBytes: 4 * 1024 * 1024,
  detachedMs: 60_000,
  detachedBytes: 256 * 1024 * 1024,
  // As much as `sessionsPerPrincipal` that hold nothing.
  detachedShareBytes: 16 * 1024 * 1024,
  sessionsPerPrincipal: 1_000,
}

/** For back-ends that trust each other, and for measurements. */
export const trustedLimits: Limits = {
  ...trustedCodec,
  helloTimeoutMs: 5_000,
  helloBytes: 16 * 1024,
  // All of a node's clients may come back at once; sending them away costs each of them more than it saves.
  waitingConnections: 10_000,
  callsInFlight: 16_384,
  streams: 16_384,
  streamBytes: trustedWindows.initial.bytes,
  streamBytesMost: trustedWindows.most.bytes,
  streamItems: trustedWindows.initial.items,
  connectionBytes: trustedWindows.connectionBytes,
  subscriptions: 16_384,
  messagesPerSecond: 0,
  bytesPerSecond: 0,
  callsPerSecond: 0,
  subscriptionsPerSecond: 0,
  cancelsPerSecond: 0,
  pingsPerSecond: 10,
  highWaterBytes: 1024 * 1024,
  hardCapBytes: 64 * 1024 * 1024,
  noProgressMs: 30_000,
  resendBytes: 32 * 1024 * 1024,
  resendMessages: 65_536,
  keyedBytes: 64 * 1024 * 1024,
  detachedMs: 60_000,
  detachedBytes: 1024 * 1024 * 1024,
  detachedShareBytes: 64 * 1024 * 1024,
  sessionsPerPrincipal: 0,
}

/** A preset by name, or single limits over the `public` ones. */
export type LimitsOption = 'public' | 'trusted' | Partial<Limits>

/**
 * @throws TypeError for a name that is no limit, which would limit nothing
 * @throws RangeError for a limit that is not a positive integer: most of them are told to every client
 */
export function limitsFrom(option: LimitsOption | undefined): Limits {
  if (option === undefined || option === 'public') return publicLimits
  if (option === 'trusted') return trustedLimits
  for (const [name, value] of Object.entries(option)) {
    if (!Object.hasOwn(publicLimits, name)) {
      throw new TypeError(`limits.${name} is not one of ${Object.keys(publicLimits).join(', ')}`)
    }
    if (Number.isSafeInteger(value) && (value > 0 || (value === 0 && mayBeNothing(name)))) continue
    throw new RangeError(`limits.${name} must be an integer above 0, not ${String(value)}`)
  }
  return { ...publicLimits, ...option }
}

function mayBeNothing(name: string): boolean {
  return name === 'detachedMs' || name === 'sessionsPerPrincipal' || name.endsWith('PerSecond')
}

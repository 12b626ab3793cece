import { tableOf } from '@wirepact/contract'
import { Kind, type WelcomeMessage } from '@wirepact/protocol'
import type { Shared } from './server-core.ts'

/** The answer to a hello; the table goes with it where the contracts differ. */
export function welcomeTo(
  { compiled, heartbeat, keyMs, limits }: Shared,
  client: {
    readonly session: string
    /** Whether its channel puts several messages into one. */
    readonly batch: boolean
    readonly token: Uint8Array | undefined
    readonly keys: string | undefined
    readonly sameContract: boolean
    readonly shapes: object | undefined
  },
): WelcomeMessage {
  const { batch, keys, sameContract, session, shapes, token } = client
  return {
    kind: Kind.welcome,
    session,
    heartbeatMs: heartbeat.periodMs,
    limits: {
      messageBytes: limits.messageBytes,
      callsInFlight: limits.callsInFlight,
      subscriptions: limits.subscriptions,
      streams: limits.streams,
      streamBytes: limits.streamBytes,
      streamItems: limits.streamItems,
      connectionBytes: limits.connectionBytes,
      // A client that knows its rates keeps to them, and is never made to wait.
      ...(limits.messagesPerSecond === 0 ? {} : { messagesPerSecond: limits.messagesPerSecond }),
      ...(limits.bytesPerSecond === 0 ? {} : { bytesPerSecond: limits.bytesPerSecond }),
      ...(keys === undefined ? {} : { keyMs }),
    },
    fingerprint: compiled.fingerprint,
    ...(batch ? { batch } : {}),
    ...(keys === undefined ? {} : { keys }),
    ...(token === undefined ? {} : { token }),
    ...(shapes === undefined ? {} : { shapes: 1 }),
    ...(sameContract ? {} : { contract: tableOf(compiled) }),
  }
}

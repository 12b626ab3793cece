import { RESP_TYPES, type RedisClientOptions } from '@redis/client'
import { openMs } from './link.ts'
import type { RedisSettings } from './options.ts'

/** Binary data is not text. */
export const typeMapping = { [RESP_TYPES.BLOB_STRING]: Buffer }

type Socket = NonNullable<RedisClientOptions['socket']>

/** What all our connections have in common. Reconnecting is up to whoever opened them. */
export function clientOptions({ username, password, tls }: RedisSettings, reconnectMs: number | false) {
  const socket = {
    connectTimeout: openMs,
    reconnectStrategy: reconnectMs,
    ...(tls === undefined ? {} : { ...tls, tls: true }),
  } as Socket
  return {
    RESP: 3,
    name: 'wirepact',
    disableClientInfo: true,
    disableOfflineQueue: true,
    maintNotifications: 'disabled',
    // Requests have a time limit of their own; one more for each command costs a timer.
    commandOptions: { timeout: 0 },
    socket,
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
  } as const
}

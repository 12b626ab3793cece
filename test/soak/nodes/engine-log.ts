import type { EventLog } from '@wirepact/eventlog'
import { openNatsLog } from '@wirepact/eventlog-nats'
import { RedisLog } from '@wirepact/eventlog-redis'

/** Which engine, and where on this machine. */
export interface EngineAddress {
  readonly name: 'redis' | 'nats'
  readonly port: number
  /** It keeps what it acknowledged when it is killed. */
  readonly durable: boolean
}

/** A log of that engine, which keeps all that a test publishes. */
export async function openEngineLog({ name, port, durable }: EngineAddress): Promise<EventLog> {
  const bounds = { recordsPerTopic: 200_000, report: () => {} }
  if (name === 'nats')
    return openNatsLog({
      ...bounds,
      servers: `nats://127.0.0.1:${port}`,
      storage: durable ? 'file' : 'memory',
    })
  return new RedisLog({ ...bounds, url: `redis://127.0.0.1:${port}`, durable, bytesPerTopic: 64 * 1024 * 1024 })
}

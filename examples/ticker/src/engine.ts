import { RedisLog } from '@wirepact/eventlog-redis'

export type Engine = {
  readonly url: string
  /** It has every write on its disk before it answers. Then even its own `kill -9` goes unnoticed. */
  readonly durable: boolean
}

/** The engine that the environment names, as whoever started this process knows it. */
export function engineFromEnvironment({ REDIS_URL, REDIS_DURABLE }: NodeJS.ProcessEnv): Engine {
  return { url: REDIS_URL || 'redis://127.0.0.1:6379', durable: REDIS_DURABLE === '1' }
}

/** The log that all nodes share. */
export function openLog({ url, durable }: Engine, say: (sentence: string) => void = console.error): RedisLog {
  return new RedisLog({ url, durable, prefix: 'ticker', report: ({ what, message }) => say(`${what}: ${message}`) })
}

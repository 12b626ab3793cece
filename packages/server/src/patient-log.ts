import { type EventLog, EventLogError } from '@wirepact/eventlog'
import type { Clock } from '@wirepact/peer'

/**
 * A log as topics see it: while its engine is away, what listeners ask of it waits for the engine instead of failing, so
 * that an outage ends no subscription. Publishing fails as ever: whoever publishes must know.
 */
export function patientLog(log: EventLog, clock: Clock, isOver: () => boolean): EventLog {
  const patiently = async <T>(ask: () => T | Promise<T>): Promise<T> => {
    for (;;) {
      try {
        return await ask()
      } catch (error) {
        if (isOver() || !(error instanceof EventLogError && error.code === 'unavailable')) throw error
      }
      await new Promise<void>((resolve) => clock.schedule(pauseMs, resolve))
    }
  }
  return {
    caps: log.caps,
    kv: log.kv,
    append: (topic, data, options) => log.append(topic, data, options),
    read: (topic, after, limits) => patiently(() => log.read(topic, after, limits)),
    head: (topic) => log.head(topic),
    heads: (topics) => log.heads(topics),
    watch: (topic, listener) => patiently(() => log.watch(topic, listener)),
    close: () => log.close(),
  }
}

/** Between two tries, in ms: a log that is away has waited for its engine already. */
const pauseMs = 250

import type { EventLog } from '@wirepact/eventlog'
import type { NatsLog } from '../nats-log.ts'
import { Deadline } from './deadline.ts'
import { Engine } from './engine.ts'
import { EngineClock } from './engine-clock.ts'
import { asLogError, EngineError } from './engine-error.ts'
import { Identity } from './identity.ts'
import { JetStreamLog } from './jetstream-log.ts'
import { NatsKeys } from './keys.ts'
import { type NatsLogOptions, settingsOf } from './options.ts'
import { connectionOptions } from './servers.ts'
import { Names, provideStreams } from './streams.ts'
import { TopicStore } from './topic-store.ts'

/**
 * Opens the log of that name, and makes its streams where they are not there yet. From then on the engine may go away and
 * come back: the log does what it can meanwhile, and says `unavailable` for what it cannot.
 *
 * Fails with an `EventLogError` `unavailable` when no engine answers there, it refuses the user, or it has no JetStream;
 * with `full` when it has not the room that `totalBytes` and `keyBytes` ask for. Throws a `RangeError` for an option that
 * makes no sense.
 */
export async function openNatsLog(options: NatsLogOptions): Promise<NatsLog> {
  const settings = settingsOf(options)
  const names = new Names(settings.name)
  const connection = connectionOptions(options)
  try {
    const engine = await Engine.open({ name: `wirepact ${settings.name}`, ...connection })
    try {
      const provide = shared(() => provideStreams(engine, names, settings))
      const { durable, keysExpire } = await provide()
      const clock = new EngineClock(engine, names)
      const identity = new Identity({ engine, names, settings, clock, provide })
      const store = new TopicStore({ engine, identity, names, clock })
      const { timeoutMs } = settings
      const keys = new NatsKeys({ engine, names, clock, timeoutMs, expire: keysExpire, provide })
      const caps: EventLog['caps'] = { durable, shared: true }
      const log = new JetStreamLog({ engine, identity, store, keys, settings, caps })
      await clock.keep()
      identity.doubt()
      await identity.ready(new Deadline(openMs))
      // The record of the epoch is heard of as topics are: what is refused there is refused to them.
      if (engine.forbidden !== undefined) throw new EngineError('refused', engine.forbidden)
      return log
    } catch (error) {
      await engine.close()
      throw error
    }
  } catch (error) {
    throw asLogError(error)
  }
}

/** Whoever asks while it runs gets what it brings. */
function shared<T>(work: () => Promise<T>): () => Promise<T> {
  let running: Promise<T> | undefined
  return () => {
    running ??= work().finally(() => {
      running = undefined
    })
    return running
  }
}

const openMs = 10_000

import { createHash } from 'node:crypto'
import { DiscardPolicy, RetentionPolicy, StorageType, type StreamConfig } from '@nats-io/jetstream'
import { token } from '../topic-subject.ts'
import type { Engine } from './engine.ts'
import { EngineError, saysNoStream } from './engine-error.ts'
import type { Settings } from './options.ts'

/** The names of one log's streams and subjects. */
export class Names {
  /** The stream of all topics, and of the epoch. */
  readonly log: string
  /** The stream of keys. */
  readonly keys: string
  /** Says in which epoch the stream is. No topic is called so: those begin with `t`. */
  readonly epoch: string
  /** Where a key leaves the engine's time behind. No key is called so: those begin with `k`. */
  readonly clock: string
  readonly #name: string

  constructor(name: string) {
    this.#name = name
    this.log = name
    this.keys = `${name}_keys`
    this.epoch = `${name}.log.epoch`
    this.clock = `${name}.key.clock`
  }

  get logSubjects(): string {
    return `${this.#name}.log.*`
  }

  get keySubjects(): string {
    return `${this.#name}.key.*`
  }

  get liveSubjects(): string {
    return `${this.#name}.live.{{wildcard(1)}}`
  }

  topic(topic: string): string {
    return `${this.#name}.log.${tokenOf('t', topic)}`
  }

  key(key: string): string {
    return `${this.#name}.key.${tokenOf('k', key)}`
  }

  /** Where what is stored under a subject of the log is published again. */
  live(subject: string): string {
    return `${this.#name}.live.${subject.slice(this.#name.length + '.log.'.length)}`
  }
}

/** A server ends connections that send it longer lines than 4,096 bytes, so of long names only a digest is said. */
function tokenOf(kind: string, name: string): string {
  if (name.length <= longestName) return kind + token(name)
  return `h${createHash('sha256').update(name, 'utf16le').digest('base64url')}`
}

/** In UTF-16 code units, each of which takes nine characters at most. */
const longestName = 200

/**
 * Makes the log's two streams where they are not there yet, and gives them this node's bounds where they are. What
 * cannot be changed (storage) stays as it was made. Throws an {@link EngineError}.
 */
export async function provideStreams(engine: Engine, names: Names, settings: Settings): Promise<StreamTraits> {
  const log = await provide(engine, logConfig(names, settings))
  const keys = await provide(engine, keysConfig(names, settings, engine.since(2, 11)))
  return { durable: log.storage === StorageType.File, keysExpire: keys.allow_msg_ttl === true }
}

/** What the streams turned out to be. */
export interface StreamTraits {
  /** Kept on a disk. */
  readonly durable: boolean
  /** The engine removes keys itself when their time is over (since NATS 2.11). */
  readonly keysExpire: boolean
}

type Wanted = Partial<StreamConfig> & { readonly name: string }

function logConfig(names: Names, settings: Settings): Wanted {
  return {
    name: names.log,
    subjects: [names.logSubjects],
    retention: RetentionPolicy.Limits,
    discard: DiscardPolicy.Old,
    storage: settings.storage === 'file' ? StorageType.File : StorageType.Memory,
    num_replicas: settings.replicas,
    max_msgs_per_subject: settings.recordsPerTopic,
    max_age: nanoseconds(settings.ageMs),
    max_bytes: settings.totalBytes,
    duplicate_window: nanoseconds(settings.dedupeMs),
    allow_direct: true,
    republish: { src: names.logSubjects, dest: names.liveSubjects },
  }
}

function keysConfig(names: Names, settings: Settings, expire: boolean): Wanted {
  return {
    name: names.keys,
    subjects: [names.keySubjects],
    retention: RetentionPolicy.Limits,
    // Refusing a new key is safe; forgetting an old one would let a call that must run once run again.
    discard: DiscardPolicy.New,
    storage: settings.storage === 'file' ? StorageType.File : StorageType.Memory,
    num_replicas: settings.replicas,
    max_msgs_per_subject: 1,
    max_bytes: settings.keyBytes,
    duplicate_window: nanoseconds(Math.min(settings.dedupeMs, 120_000)),
    allow_direct: true,
    ...(expire ? { allow_msg_ttl: true } : {}),
  }
}

async function provide(engine: Engine, wanted: Wanted): Promise<StreamConfig> {
  const { streams } = engine.manager
  for (let tries = 1; ; tries++) {
    try {
      const { config } = await engine.ask(() => streams.info(wanted.name))
      if (fits(config, wanted)) return config
      // The rest is as the operator, or another version of this package, left it.
      const { storage: _, num_replicas: __, ...bounds } = wanted
      return (await engine.ask(() => streams.update(wanted.name, { ...config, ...bounds }))).config
    } catch (error) {
      if (!saysNoStream(error)) throw error
    }
    try {
      return (await engine.ask(() => streams.add(wanted))).config
    } catch (error) {
      // Another node was quicker; its bounds may be others.
      if (tries === 3 || !(error instanceof EngineError) || error.reason === 'unanswered') throw error
    }
  }
}

function fits(config: StreamConfig, wanted: Wanted): boolean {
  const { storage: _, num_replicas: __, ...bounds } = wanted
  const found = config as unknown as Record<string, unknown>
  return Object.entries(bounds).every(([name, value]) => JSON.stringify(found[name]) === JSON.stringify(value))
}

function nanoseconds(ms: number): number {
  return ms * 1e6
}

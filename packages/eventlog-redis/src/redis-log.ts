import type {
  AppendOptions,
  EventLog,
  KeyValue,
  LogCaps,
  LogListener,
  LogWatch,
  Position,
  ReadLimits,
  ReadResult,
} from '@wirepact/eventlog'
import { clusterLinks } from './cluster-link.ts'
import { Connection } from './connection.ts'
import { checkEngine } from './engine-check.ts'
import { Feeds } from './feeds.ts'
import { KeyNames } from './key-names.ts'
import { type RedisLogOptions, type RedisSettings, settingsOf } from './options.ts'
import { RedisKeyValue } from './redis-kv.ts'
import { singleLinks } from './single-link.ts'
import { checkLimits, TopicStore } from './topic-store.ts'

/**
 * The log of topics and keys in Redis 7 or Valkey 8, which all nodes share.
 *
 * It connects at once, and again whenever the connection breaks; what is asked meanwhile waits, up to `timeoutMs`, and
 * then fails with `unavailable`. A failed `append` may have been done or not; repeated with the same `dedupeKey` it is
 * done once.
 */
export class RedisLog implements EventLog {
  readonly caps: LogCaps
  readonly kv: KeyValue
  readonly #settings: RedisSettings
  readonly #connection: Connection
  readonly #store: TopicStore
  readonly #feeds: Feeds

  /** @throws TypeError or RangeError for an option that makes no sense. An engine that is away is not an error. */
  constructor(options: RedisLogOptions) {
    const settings = settingsOf(options)
    const names = new KeyNames(settings.prefix, settings.database)
    const connection = () => this.#connection
    this.#settings = settings
    this.caps = { durable: settings.durable, shared: true }
    this.#store = new TopicStore(connection, names, settings, (topic, seen) => this.#feeds.notice(topic, seen))
    this.kv = new RedisKeyValue(connection, names, () => this.#store.history())
    this.#feeds = new Feeds(connection, this.#store, names, settings)
    const { timeoutMs, maxWaiting, maxWaitingBytes, report } = settings
    this.#connection = new Connection({
      ...{ timeoutMs, maxWaiting, maxWaitingBytes, report },
      open: settings.cluster ? clusterLinks(settings) : singleLinks(settings, Object.values(this.#store.scripts)),
      message: (channel, data) => this.#feeds.message(channel, data),
      ready: () => this.#ready(),
    })
  }

  /** Whether the engine is connected now: what a readiness probe asks. */
  get isReady(): boolean {
    return this.#connection.isReady
  }

  /** Requests that wait for an answer of the engine, their bytes, and topics that are watched here. */
  get load(): { readonly requests: number; readonly bytes: number; readonly watched: number } {
    return { ...this.#connection.pending, watched: this.#feeds.size }
  }

  append(topic: string, data: Uint8Array, options?: AppendOptions): Promise<Position> {
    return this.#store.append(topic, data, options?.dedupeKey)
  }

  async read(topic: string, after: Position, limits: ReadLimits): Promise<ReadResult> {
    checkLimits(limits)
    const { head, gap, records } = await this.#store.read(topic, after, limits)
    this.#feeds.notice(topic, head)
    const { epoch, offset } = head
    const position = { epoch, offset: (gap?.to ?? after.offset) + records.length }
    const result = { records, position, head: { epoch, offset } }
    return gap === undefined ? result : { ...result, gap }
  }

  async head(topic: string): Promise<Position> {
    const { epoch, offset } = await this.#store.standing(topic)
    return { epoch, offset }
  }

  async heads(topics: readonly string[]): Promise<readonly Position[]> {
    const standings = await this.#store.standings(topics)
    return standings.map(({ epoch, offset }) => ({ epoch, offset }))
  }

  watch(topic: string, listener: LogListener): Promise<LogWatch> {
    return this.#feeds.watch(topic, listener)
  }

  async close(): Promise<void> {
    this.#feeds.close()
    this.#connection.close()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  #ready(): void {
    this.#feeds.ready()
    void checkEngine(this.#connection, this.#settings).then((trusted) => {
      this.#store.trusted = this.#settings.durable && trusted
    })
  }
}

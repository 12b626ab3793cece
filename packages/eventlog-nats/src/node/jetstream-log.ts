import { createHash } from 'node:crypto'
import {
  type AppendOptions,
  EventLogError,
  type LogCaps,
  type LogListener,
  type LogWatch,
  type Position,
  type ReadLimits,
  type ReadResult,
} from '@wirepact/eventlog'
import type { NatsLog } from '../nats-log.ts'
import { Appender } from './appender.ts'
import { Deadline, within } from './deadline.ts'
import type { Engine } from './engine.ts'
import { asLogError } from './engine-error.ts'
import type { Identity } from './identity.ts'
import type { NatsKeys } from './keys.ts'
import { LiveTopics } from './live-topics.ts'
import type { Settings } from './options.ts'
import { Slots } from './slots.ts'
import { TopicReader } from './topic-reader.ts'
import type { TopicStore } from './topic-store.ts'

/** What a log is made of; `openNatsLog` puts it together. */
export interface JetStreamParts {
  readonly engine: Engine
  readonly identity: Identity
  readonly store: TopicStore
  readonly keys: NatsKeys
  readonly settings: Settings
  readonly caps: LogCaps
}

/** The log of one node: hands each call to the part that does it, and bounds how long and how much waits. */
export class JetStreamLog implements NatsLog {
  readonly caps: LogCaps
  readonly kv: NatsKeys
  readonly #engine: Engine
  readonly #identity: Identity
  readonly #store: TopicStore
  readonly #settings: Settings
  readonly #reader: TopicReader
  readonly #live: LiveTopics
  /** By topic, the least recently used first; those that are idle may be forgotten. */
  readonly #appenders = new Map<string, Appender>()
  readonly #asking = new Slots(asksAtOnce)
  #pendingRecords = 0
  #pendingBytes = 0
  #closed = false
  #closing: Promise<void> | undefined

  constructor({ engine, identity, store, keys, settings, caps }: JetStreamParts) {
    this.#engine = engine
    this.#identity = identity
    this.#store = store
    this.#settings = settings
    this.caps = caps
    this.kv = keys
    this.#reader = new TopicReader(store, settings.timeoutMs)
    this.#live = new LiveTopics(store, settings, (topic) => this.#appenderOf(topic))
    identity.observe({
      ready: () => {
        this.#reader.clear()
        this.#live.compareAll()
      },
    })
  }

  get isReady(): boolean {
    return !this.#closed && this.#identity.current !== undefined
  }

  get load(): { readonly topics: number; readonly pendingRecords: number; readonly pendingBytes: number } {
    return { topics: this.#live.size, pendingRecords: this.#pendingRecords, pendingBytes: this.#pendingBytes }
  }

  async append(topic: string, data: Uint8Array, options?: AppendOptions): Promise<Position> {
    this.#assertOpen()
    this.#assertRoom(data)
    const { dedupeKey } = options ?? {}
    const id = dedupeKey === undefined ? undefined : digest(topic, dedupeKey)
    this.#pendingRecords++
    this.#pendingBytes += data.byteLength
    try {
      const stored = new Promise<Position>((resolve, reject) => {
        this.#appenderOf(topic).append({ data, id, deadline: this.#deadline(), resolve, reject })
      })
      return await within(this.#settings.timeoutMs, stored)
    } catch (error) {
      throw this.#closed ? closedError() : asLogError(error)
    } finally {
      this.#pendingRecords--
      this.#pendingBytes -= data.byteLength
    }
  }

  async read(topic: string, after: Position, limits: ReadLimits): Promise<ReadResult> {
    if (!(limits.maxRecords >= 1 && limits.maxBytes >= 1)) {
      throw new RangeError(`maxRecords and maxBytes must be at least 1, not ${limits.maxRecords}, ${limits.maxBytes}`)
    }
    return this.#ask(() => this.#reader.read(this.#store.subject(topic), after, limits))
  }

  async head(topic: string): Promise<Position> {
    return this.#ask(async () => {
      const { epoch, offset } = await this.#store.known(this.#store.subject(topic), this.#deadline())
      return { epoch: epoch.name, offset }
    })
  }

  /** One request for each, all under way at once: NATS before 2.11 has none for many. */
  async heads(topics: readonly string[]): Promise<readonly Position[]> {
    this.#assertOpen()
    return Promise.all(topics.map((topic) => this.head(topic)))
  }

  async watch(topic: string, listener: LogListener): Promise<LogWatch> {
    return this.#ask(() => this.#live.watch(topic, listener))
  }

  close(): Promise<void> {
    this.#closed = true
    this.#closing ??= this.#close()
    return this.#closing
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  async #close(): Promise<void> {
    this.#live.close()
    this.#identity.close()
    this.kv.close()
    for (const appender of this.#appenders.values()) appender.fail(closedError())
    await this.#engine.close()
  }

  async #ask<T>(request: () => Promise<T>): Promise<T> {
    this.#assertOpen()
    try {
      return await within(this.#settings.timeoutMs, this.#inTurn(request, this.#deadline()))
    } catch (error) {
      throw this.#closed ? closedError() : asLogError(error)
    }
  }

  async #inTurn<T>(request: () => Promise<T>, deadline: Deadline): Promise<T> {
    const free = await this.#asking.take()
    try {
      this.#assertOpen()
      // Whoever asked was told already.
      deadline.check()
      return await request()
    } finally {
      free()
    }
  }

  #deadline(): Deadline {
    return new Deadline(this.#settings.timeoutMs)
  }

  #appenderOf(topic: string): Appender {
    const appender = this.#appenders.get(topic) ?? new Appender(this.#store, this.#store.subject(topic))
    this.#appenders.delete(topic)
    this.#appenders.set(topic, appender)
    if (this.#appenders.size <= mostAppenders) return appender
    for (const [name, oldest] of this.#appenders) {
      if (!oldest.idle || oldest === appender) continue
      this.#appenders.delete(name)
      break
    }
    return appender
  }

  #assertRoom(data: Uint8Array): void {
    const most = this.#engine.maxPayload - messageRoom
    if (data.byteLength > most) {
      throw new RangeError(
        `a record has ${data.byteLength} bytes; this NATS server takes ${most}: raise its max_payload`,
      )
    }
    const { pendingRecords, pendingBytes } = this.#settings
    if (this.#pendingRecords < pendingRecords && this.#pendingBytes + data.byteLength <= pendingBytes) return
    if (this.#pendingRecords === 0) return
    throw new EventLogError(
      'unavailable',
      `${this.#pendingRecords} appends wait for NATS already; it is behind, or away`,
    )
  }

  #assertOpen(): void {
    if (this.#closed) throw closedError()
  }
}

function closedError(): EventLogError {
  return new EventLogError('closed', 'the event log is closed')
}

/** The length keeps ('a', 'bc') and ('ab', 'c') apart. */
function digest(topic: string, key: string): string {
  return createHash('sha256').update(`${topic.length}:${topic}${key}`, 'utf16le').digest('base64url').slice(0, 32)
}

/** Reads and heads under way at a time; the others wait in line. */
const asksAtOnce = 512
/** Topics of which it is remembered where they stand, so that an append need not ask. */
const mostAppenders = 10_000
/** What a message takes beside its record: its headers and ours. */
const messageRoom = 1_100

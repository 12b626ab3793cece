import { type JetStreamClient, type JetStreamManager, jetstream, jetstreamManager } from '@nats-io/jetstream'
import { connect, headers, type Msg, type NatsConnection, type NodeConnectionOptions } from '@nats-io/transport-node'
import { EngineError, engineError, saysNoStream } from './engine-error.ts'
import { Slots } from './slots.ts'
import { type Live, liveOf, type Stored, storedOf } from './stored.ts'

export interface PublishRequest {
  readonly subject: string
  readonly data: Uint8Array
  /** The engine stores no second message with it within the stream's window. */
  readonly id: string
  /** The sequence of the subject's last message, or 0 for none; leave it out to store whatever is there. */
  readonly expected?: number
  readonly headers?: Readonly<Record<string, string>>
  /** In ms; the engine removes the message then. Only where `expires` is true. */
  readonly ttl?: string
}

export interface StreamSummary {
  readonly created: string
  /** The sequences of the oldest message and of the newest ever stored. */
  readonly firstSeq: number
  readonly lastSeq: number
  readonly bytes: number
}

/**
 * One connection to NATS, for everything: publishes, reads, subscriptions. Whatever is asked fails with an
 * {@link EngineError}, at the latest after `timeoutMs`, and at once when the connection is lost: its replies will not come.
 */
export class Engine {
  readonly #nc: NatsConnection
  readonly #js: JetStreamClient
  readonly #manager: JetStreamManager
  readonly #asked = new Set<(error: EngineError) => void>()
  readonly #observers: { connected: () => void; disconnected: () => void }[] = []
  /** Consumers are made for one read each; at most so many at a time. */
  readonly consumers = new Slots(8)
  #connected = true
  #closed = false
  #forbidden: string | undefined

  private constructor(nc: NatsConnection, manager: JetStreamManager) {
    this.#nc = nc
    this.#manager = manager
    this.#js = jetstream(nc, { timeout: attemptMs })
    void this.#follow()
  }

  /** Fails with an {@link EngineError} when nobody answers there, refuses the user, or has no JetStream. */
  static async open(options: NodeConnectionOptions): Promise<Engine> {
    let nc: NatsConnection
    try {
      nc = await connect(options)
    } catch (error) {
      throw engineError(error)
    }
    try {
      return new Engine(nc, await jetstreamManager(nc, { timeout: readMs }))
    } catch (error) {
      await nc.close()
      const why = error instanceof Error ? error.message : String(error)
      throw new EngineError('refused', `JetStream is not there, start nats-server with -js (${why})`, { cause: error })
    }
  }

  get connected(): boolean {
    return this.#connected
  }

  get manager(): JetStreamManager {
    return this.#manager
  }

  /** The largest message that the engine takes, in bytes, headers included. */
  get maxPayload(): number {
    return this.#nc.info?.max_payload ?? 1024 * 1024
  }

  /**
   * What this run of the engine is called: a server's id is another in each of its runs. Of a cluster, whose servers
   * come and go without loss, it is the cluster's name.
   */
  get run(): string | undefined {
    const { info } = this.#nc
    return info?.cluster === undefined ? info?.server_id : `cluster ${info.cluster}`
  }

  /** Whether the server is of this version or a later one. */
  since(major: number, minor: number): boolean {
    const [ours = 0, ourMinor = 0] = (this.#nc.info?.version ?? '').split('.').map(Number)
    return ours > major || (ours === major && ourMinor >= minor)
  }

  /** Why a subscription was refused, if one was: without it nothing live is heard. */
  get forbidden(): string | undefined {
    return this.#forbidden
  }

  observe(observer: { connected: () => void; disconnected: () => void }): void {
    this.#observers.push(observer)
  }

  async publish(request: PublishRequest, timeoutMs: number): Promise<{ seq: number; duplicate: boolean }> {
    const { subject, data, id, expected, ttl } = request
    const extra = headers()
    for (const [name, value] of Object.entries(request.headers ?? {})) extra.set(name, value)
    const ack = await this.ask(() =>
      this.#js.publish(subject, data, {
        msgID: id,
        timeout: Math.max(1, Math.min(attemptMs, timeoutMs)),
        headers: extra,
        ...(expected === undefined ? {} : { expect: { lastSubjectSequence: expected } }),
        ...(ttl === undefined ? {} : { ttl }),
      }),
    )
    if (!Number.isSafeInteger(ack.seq) || ack.seq < 1) throw new EngineError('refused', 'a receipt without a sequence')
    return { seq: ack.seq, duplicate: ack.duplicate }
  }

  /** The last message of a subject; undefined when it has none. */
  last(stream: string, subject: string): Promise<Stored | undefined> {
    return this.#get(stream, { last_by_subj: subject })
  }

  /** The first message of a subject from `seq` on. */
  next(stream: string, subject: string, seq: number): Promise<Stored | undefined> {
    return this.#get(stream, { seq, next_by_subj: subject })
  }

  at(stream: string, seq: number): Promise<Stored | undefined> {
    return this.#get(stream, { seq })
  }

  /** Of a cluster all servers answer the others, even when they are a little behind; this one is answered by the first. */
  async leader(stream: string, query: { seq: number } | { last_by_subj: string }): Promise<Stored | undefined> {
    const message = await this.ask(() => this.#manager.streams.getMessage(stream, query))
    return message === null ? undefined : storedOf(message)
  }

  /** Undefined when there is no such stream. */
  async summary(stream: string): Promise<StreamSummary | undefined> {
    try {
      const { created, state } = await this.ask(() => this.#manager.streams.info(stream))
      const { first_seq: firstSeq = 0, last_seq: lastSeq = 0, bytes = 0 } = state ?? {}
      return { created: String(created), firstSeq: Number(firstSeq), lastSeq: Number(lastSeq), bytes: Number(bytes) }
    } catch (error) {
      if (saysNoStream(error)) return undefined
      throw error
    }
  }

  /** Messages published to a subject from now on. `receive` must not throw. */
  subscribe(subject: string, receive: (message: Live) => void): { close(): void } {
    const subscription = this.#nc.subscribe(subject, {
      callback: (error: Error | null, message: Msg) => {
        if (error === null) receive(liveOf(message))
        else this.#forbidden = error.message
      },
    })
    return { close: () => subscription.unsubscribe() }
  }

  /** Runs a request of the NATS client, and gives up on it when the connection is lost. */
  ask<T>(request: () => Promise<T>): Promise<T> {
    if (!this.#connected || this.#closed) return Promise.reject(new EngineError('unanswered', 'there is no connection'))
    return new Promise((resolve, reject) => {
      this.#asked.add(reject)
      request()
        .then(resolve, (error: unknown) => reject(engineError(error)))
        .finally(() => this.#asked.delete(reject))
    })
  }

  /** Bounded: an engine that is stopped does not hold it up. */
  async close(): Promise<void> {
    this.#closed = true
    this.#giveUp('the log was closed')
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, closeMs)
    })
    await Promise.race([this.#nc.close().catch(() => {}), late])
    clearTimeout(timer)
  }

  async #get(
    stream: string,
    query: Parameters<JetStreamManager['direct']['getMessage']>[1],
  ): Promise<Stored | undefined> {
    const message = await this.ask(() => this.#manager.direct.getMessage(stream, query))
    return message === null ? undefined : storedOf(message)
  }

  async #follow(): Promise<void> {
    for await (const { type } of this.#nc.status()) {
      if (type === 'disconnect' && this.#connected) {
        this.#connected = false
        this.#giveUp('the connection was lost')
        for (const observer of this.#observers) observer.disconnected()
      }
      if (type === 'reconnect' && !this.#connected && !this.#closed) {
        this.#connected = true
        for (const observer of this.#observers) observer.connected()
      }
    }
  }

  #giveUp(why: string): void {
    for (const reject of [...this.#asked]) reject(new EngineError('unanswered', why))
    this.#asked.clear()
  }
}

/** How long one request waits for its answer; a call may take several. */
const attemptMs = 2_000
const readMs = 1_000
const closeMs = 1_000

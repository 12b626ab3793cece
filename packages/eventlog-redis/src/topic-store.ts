import { randomUUID } from 'node:crypto'
import { EventLogError, type Position, type ReadLimits } from '@wirepact/eventlog'
import { Batch } from './batch.ts'
import type { Connection } from './connection.ts'
import { evaluate } from './evaluate.ts'
import type { KeyNames } from './key-names.ts'
import type { Link } from './link.ts'
import type { RedisSettings } from './options.ts'
import { type Appended, positionIn, type Reading, readingIn, type Standing, standingsIn } from './replies.ts'
import { type Scripts, scripts } from './scripts.ts'
import { Seats } from './seats.ts'

/** The topics in the engine: each method is one request, which may be made again without harm. */
export class TopicStore {
  readonly scripts: Scripts
  /** Whether the engine is taken at its owner's word. Withdrawn when it turns out to be set up otherwise. */
  trusted: boolean
  readonly #connection: () => Connection
  readonly #names: KeyNames
  readonly #producer = randomUUID()
  readonly #seats = new Seats()
  readonly #heads: Batch<string, Standing>
  /** Told what appends showed of their topic. */
  readonly #seen: (topic: string, where: Appended) => void
  #seq = 0

  constructor(
    connection: () => Connection,
    names: KeyNames,
    settings: RedisSettings,
    seen: (topic: string, where: Appended) => void,
  ) {
    this.#seen = seen
    this.#connection = connection
    this.#names = names
    this.trusted = settings.durable
    const { recordsPerTopic, bytesPerTopic, ageMs, dedupeMs, forgetMs, cluster } = settings
    this.scripts = scripts({
      ...{ maxRecords: recordsPerTopic, maxBytes: bytesPerTopic, ageMs, dedupeMs, keepMs: forgetMs },
      publish: cluster ? 'SPUBLISH' : 'PUBLISH',
    })
    // Topics of a cluster are in different places, mostly.
    this.#heads = new Batch(cluster ? 1 : atOnce, (topics) => this.#standings(topics))
  }

  async append(topic: string, data: Uint8Array, dedupeKey: string | undefined): Promise<Position> {
    const seat = this.#seats.take(topic)
    const seq = ++this.#seq
    try {
      // What can be made when it is sent is not kept while it waits.
      const reply = await this.#connection().request(data.byteLength + 2 * topic.length + requestBytes, (link) =>
        this.#append(link, topic, data, dedupeKey, seat, seq),
      )
      const appended = positionIn(reply)
      this.#seen(topic, appended)
      return { epoch: appended.epoch, offset: appended.offset }
    } finally {
      this.#seats.give(topic, seat)
    }
  }

  async read(topic: string, after: Position, { maxRecords, maxBytes }: ReadLimits): Promise<Reading> {
    const { state, records } = this.#names.topic(topic)
    const limits = [maxRecords, maxBytes].map((limit) => String(Math.floor(Math.min(limit, most))))
    const reply = await this.#connection().request(2 * topic.length + requestBytes, (link) => {
      const args = [...this.#opening(), after.epoch, String(after.offset), ...limits]
      return evaluate(link, this.scripts.read, [state, records], args)
    })
    return readingIn(reply, after.offset)
  }

  /** Where a topic stands. */
  standing(topic: string): Promise<Standing> {
    return this.#heads.ask(topic)
  }

  /** Where the topics stand, in their order. */
  standings(topics: readonly string[]): Promise<Standing[]> {
    return Promise.all(topics.map((topic) => this.#heads.ask(topic)))
  }

  /** The epoch of all values: another one begins whenever some may have been lost. */
  async history(): Promise<string> {
    const connection = this.#connection()
    // Clients that come while the engine is away are let in, and must not wait for it.
    if (connection.isAway) throw new EventLogError('unavailable', 'the engine is not connected')
    const reply = await connection.request(requestBytes, (link) =>
      evaluate(link, this.scripts.history, this.#names.history(), this.#opening()),
    )
    return (standingsIn(reply, 1)[0] as Standing).epoch
  }

  /** Begins a new epoch, unless somebody else has. */
  async renew(topic: string, epoch: string): Promise<void> {
    const { state, records } = this.#names.topic(topic)
    await this.#connection().request(2 * topic.length + requestBytes, (link) =>
      evaluate(link, this.scripts.renew, [state, records], [randomUUID(), epoch]),
    )
  }

  #append(
    link: Link,
    topic: string,
    data: Uint8Array,
    dedupeKey: string | undefined,
    seat: number,
    seq: number,
  ): Promise<unknown> {
    const names = this.#names.topic(topic)
    const keys = [names.state, names.records, this.#names.producer(names, this.#producer)]
    if (dedupeKey !== undefined) keys.push(this.#names.dedupe(names, dedupeKey))
    const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength)
    const order = String(seq).padStart(16, '0')
    const args = [...this.#opening(), String(seat), order, bytes, names.channel]
    return evaluate(link, this.scripts.append, keys, args)
  }

  async #standings(topics: readonly string[]): Promise<Standing[]> {
    const keys = topics.flatMap((topic) => {
      const { state, records } = this.#names.topic(topic)
      return [state, records]
    })
    const bytes = keys.reduce((sum, key) => sum + key.length, requestBytes)
    const reply = await this.#connection().request(bytes, (link) =>
      evaluate(link, this.scripts.heads, keys, this.#opening()),
    )
    return standingsIn(reply, topics.length)
  }

  // A name for an epoch is used by one run of a script: one that is run again may meet another history.
  #opening(): [fresh: string, durable: string] {
    return [randomUUID(), this.trusted ? '1' : '0']
  }
}

/** @throws RangeError when a limit is below 1 */
export function checkLimits({ maxRecords, maxBytes }: ReadLimits): void {
  if (maxRecords >= 1 && maxBytes >= 1) return
  throw new RangeError(`maxRecords and maxBytes must be at least 1, not ${maxRecords}, ${maxBytes}`)
}

/** Charged for each request on top of its data: the promise, the arguments, the client library's queues. */
const requestBytes = 1_024
/** Topics in one request for where they stand. */
const atOnce = 100
const most = 1e9

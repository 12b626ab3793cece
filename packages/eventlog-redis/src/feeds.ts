import type { LogListener, LogWatch } from '@wirepact/eventlog'
import type { Connection } from './connection.ts'
import { closed } from './failures.ts'
import type { KeyNames } from './key-names.ts'
import type { RedisSettings } from './options.ts'
import { type Appended, announcedIn, type Standing } from './replies.ts'
import { TopicFeed } from './topic-feed.ts'
import type { TopicStore } from './topic-store.ts'

/** All topics that somebody on this node watches, and how they are kept up with the engine. */
export class Feeds {
  readonly #connection: () => Connection
  readonly #store: TopicStore
  readonly #names: KeyNames
  readonly #settings: RedisSettings
  readonly #byTopic = new Map<string, TopicFeed>()
  readonly #byChannel = new Map<string, TopicFeed>()
  readonly #timer: ReturnType<typeof setInterval>
  #comparing = false
  #again = false
  #closed = false

  constructor(connection: () => Connection, store: TopicStore, names: KeyNames, settings: RedisSettings) {
    this.#connection = connection
    this.#store = store
    this.#names = names
    this.#settings = settings
    this.#timer = setInterval(() => void this.#compare(true), settings.compareMs)
    this.#timer.unref()
  }

  /** Topics that are watched. */
  get size(): number {
    return this.#byTopic.size
  }

  /** Watches at once where the topic is watched already. */
  watch(topic: string, listener: LogListener): Promise<LogWatch> {
    const feed = this.#byTopic.get(topic) ?? this.#add(topic)
    return this.#opened(topic, feed, listener)
  }

  /** What was published to a channel. */
  message(channel: string, data: unknown): void {
    const feed = this.#byChannel.get(channel)
    if (feed === undefined) return
    const announced = announcedIn(data)
    if (announced !== undefined) return feed.announced(announced)
    const message = `what was published to ${channel} is not what a log publishes; the topic is read instead`
    this.#settings.report({ what: 'bad-data', message })
    void this.#compare(false)
  }

  /** What a request of ours showed: whoever watches must not stand in another epoch for long. */
  notice(topic: string, seen: Appended): void {
    this.#byTopic.get(topic)?.notice(seen)
  }

  /** Something may have been missed by all. */
  ready(): void {
    void this.#compare(false)
  }

  close(): void {
    this.#closed = true
    clearInterval(this.#timer)
    for (const feed of this.#byTopic.values()) feed.close()
    this.#byTopic.clear()
    this.#byChannel.clear()
  }

  async #opened(topic: string, feed: TopicFeed, listener: LogListener): Promise<LogWatch> {
    try {
      await feed.opened
    } catch (error) {
      this.#remove(topic, feed)
      throw error
    }
    if (this.#closed) throw closed()
    // Its last watcher left while we waited; or it failed for another, and is being opened anew.
    if (this.#byTopic.get(topic) !== feed) return this.watch(topic, listener)
    return feed.watch(listener)
  }

  #add(topic: string): TopicFeed {
    const { channel } = this.#names.topic(topic)
    const feed: TopicFeed = new TopicFeed(
      {
        subscribe: () => this.#connection().subscribe(channel),
        standing: () => this.#store.standing(topic),
        read: (after) => this.#store.read(topic, after, chunk),
        renew: (epoch) => this.#store.renew(topic, epoch),
        report: this.#settings.report,
      },
      () => this.#remove(topic, feed),
    )
    this.#byTopic.set(topic, feed)
    this.#byChannel.set(channel, feed)
    return feed
  }

  #remove(topic: string, feed: TopicFeed): void {
    if (this.#byTopic.get(topic) !== feed) return
    const { channel } = this.#names.topic(topic)
    this.#byTopic.delete(topic)
    this.#byChannel.delete(channel)
    this.#connection().unsubscribe(channel)
    feed.close()
  }

  /** One comparison of all topics at a time; `soon` as in `TopicFeed.compare`. */
  async #compare(soon: boolean): Promise<void> {
    if (this.#comparing) {
      this.#again ||= !soon
      return
    }
    if (!this.#connection().isReady) return
    this.#comparing = true
    const feeds = [...this.#byTopic]
    for (let n = 0; n < feeds.length; n += atOnce) {
      const part = feeds.slice(n, n + atOnce)
      const known = part.map(([, { offset }]) => offset)
      try {
        const standings = await this.#store.standings(part.map(([topic]) => topic))
        for (const [i, [, feed]] of part.entries()) feed.compare(standings[i] as Standing, known[i] as number, soon)
      } catch {
        // The engine is away, and all of them are compared when it is back.
        break
      }
    }
    this.#comparing = false
    if (!this.#again) return
    this.#again = false
    void this.#compare(false)
  }
}

/** What one read brings at most. */
const chunk = { maxRecords: 256, maxBytes: 1024 * 1024 }
/** Topics compared in one go: what else is asked of the engine must not wait for all of them. */
const atOnce = 500

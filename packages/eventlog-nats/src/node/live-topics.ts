import type { LogListener, LogWatch } from '@wirepact/eventlog'
import type { Appender } from './appender.ts'
import { Deadline } from './deadline.ts'
import { LiveTopic } from './live-topic.ts'
import type { Settings } from './options.ts'
import { Slots } from './slots.ts'
import type { TopicStore } from './topic-store.ts'

/** The topics that this node listens to: one subscription of the engine each, however many watches. */
export class LiveTopics {
  readonly #store: TopicStore
  readonly #settings: Settings
  readonly #appenderOf: (topic: string) => Appender
  /** Those compared longest ago come first. */
  readonly #topics = new Map<string, LiveTopic>()
  readonly #comparing = new Slots(comparedAtOnce)
  readonly #rounds: NodeJS.Timeout
  #told = false

  constructor(store: TopicStore, settings: Settings, appenderOf: (topic: string) => Appender) {
    this.#store = store
    this.#settings = settings
    this.#appenderOf = appenderOf
    this.#rounds = setInterval(() => this.#round(), Math.min(roundMs, settings.ageMs / 4))
    this.#rounds.unref()
  }

  get size(): number {
    return this.#topics.size
  }

  async watch(topic: string, listener: LogListener): Promise<LogWatch> {
    for (;;) {
      const live = this.#topics.get(topic) ?? this.#open(topic)
      try {
        const watch = await live.watch(listener)
        if (watch !== undefined) return watch
      } catch (error) {
        this.#drop(topic, live)
        throw error
      }
    }
  }

  /** After the engine was out of sight: something may have been published that nobody here was told of. */
  compareAll(): void {
    for (const live of this.#topics.values()) void this.#compare(live)
  }

  close(): void {
    clearInterval(this.#rounds)
    for (const live of this.#topics.values()) live.close()
    this.#topics.clear()
  }

  #open(topic: string): LiveTopic {
    const live: LiveTopic = new LiveTopic({
      store: this.#store,
      subject: this.#store.subject(topic),
      timeoutMs: this.#settings.timeoutMs,
      report: this.#settings.report,
      observe: (tail) => this.#appenderOf(topic).observe(tail),
      idle: () => this.#drop(topic, live),
    })
    this.#topics.set(topic, live)
    return live
  }

  #drop(topic: string, live: LiveTopic): void {
    live.close()
    if (this.#topics.get(topic) === live) this.#topics.delete(topic)
  }

  /**
   * A message that was the last of its topic, and was lost on its way here, breaks no chain: so topics that have been
   * silent are compared with the engine in turns. Those that nobody wrote to for long are kept from coming of age.
   */
  #round(): void {
    const { identity, engine, clock } = this.#store
    if (engine.forbidden !== undefined && !this.#told) {
      this.#settings.report({
        what: 'forbidden',
        message: `live messages are only read now and then: ${engine.forbidden}`,
      })
      this.#told = true
    }
    if (identity.current === undefined) return
    void identity.inspect()
    clock.keep().catch(() => {})
    const silentSince = performance.now() - silentMs
    const staleSince = clock.now - this.#settings.ageMs / 2
    let looked = 0
    for (const [topic, live] of this.#topics) {
      if (looked++ >= perRound) break
      this.#topics.delete(topic)
      this.#topics.set(topic, live)
      if (live.writtenAt < staleSince) void this.#touch(topic, live)
      else if (live.heardAt < silentSince) void this.#compare(live)
    }
  }

  async #touch(topic: string, live: LiveTopic): Promise<void> {
    const deadline = new Deadline(this.#settings.timeoutMs)
    // Another node was quicker, or the engine is away: either way the next round looks again.
    await this.#appenderOf(topic)
      .touch(deadline, this.#settings.ageMs / 2)
      .catch(() => {})
    await this.#compare(live)
  }

  async #compare(live: LiveTopic): Promise<void> {
    const free = await this.#comparing.take()
    await live.compare().finally(free)
  }
}

const roundMs = 2_000
/** Topics looked at in one round. */
const perRound = 200
/** How long a topic may be silent before it is compared with the engine. */
const silentMs = 10_000
const comparedAtOnce = 64

import {
  type AppendOptions,
  type EventLog,
  EventLogError,
  type KeyValue,
  type LogListener,
  type LogWatch,
  MemoryLog,
  type Position,
  type ReadLimits,
  type ReadResult,
} from '@wirepact/eventlog'

interface Time {
  now(): number
  schedule(delayMs: number, task: () => void): () => void
}

/** What several nodes share: a log in memory, seen by each of them through something that fails when told to. */
export class Engine {
  readonly memory: MemoryLog
  readonly #clock: Time
  readonly #latencyMs: () => number

  /** @param latencyMs how long each request and each delivery takes */
  constructor(clock: Time, latencyMs: () => number = () => 2) {
    this.#clock = clock
    this.#latencyMs = latencyMs
    this.memory = new MemoryLog({ now: () => clock.now(), epoch: 'one', shared: true })
  }

  /** One node's connection to it. */
  view(): EngineView {
    return new EngineView(this.memory, this.#clock, this.#latencyMs)
  }
}

/** One node's way to the engine. */
export class EngineView implements EventLog {
  readonly caps = { durable: false, shared: true }
  readonly kv: KeyValue
  /** Appends that this node has made, by topic. */
  readonly appended = new Map<string, number>()
  watches = 0
  readonly #memory: MemoryLog
  readonly #clock: Time
  readonly #latencyMs: () => number
  readonly #listeners = new Set<Heard>()
  #isDead = false
  #isAway = false
  #isStopped = false
  #replyLost = false

  constructor(memory: MemoryLog, clock: Time, latencyMs: () => number) {
    this.#memory = memory
    this.#clock = clock
    this.#latencyMs = latencyMs
    this.kv = {
      get: (key) => this.#ask(() => memory.kv.get(key)),
      put: (key, value, options) => this.#ask(() => memory.kv.put(key, value, options)),
      putIfAbsent: (key, value, options) => this.#ask(() => memory.kv.putIfAbsent(key, value, options)),
      delete: (key) => this.#ask(() => memory.kv.delete(key)),
    }
  }

  /** The node dies: nothing of it reaches the engine any more, and it hears nothing. */
  kill(): void {
    this.#isDead = true
  }

  /** The engine cannot be reached: what is asked of it fails. */
  away(isAway = true): void {
    this.#isAway = isAway
  }

  /** The engine stands still, or the node does: nothing comes back until it goes on, and then all of it. */
  stop(): void {
    this.#isStopped = true
  }

  go(): void {
    this.#isStopped = false
    for (const heard of this.#listeners) for (const task of heard.held.splice(0)) task()
  }

  /** The next append is done, and its reply is lost. */
  loseReply(): void {
    this.#replyLost = true
  }

  /** What is on its way to the watches of a topic is lost, and they are told so. */
  lose(topic: string): void {
    for (const heard of this.#listeners) {
      if (heard.topic !== topic) continue
      const head = this.#memory.head(topic)
      heard.held.length = 0
      heard.from = head.offset
      heard.listener.gap({ reason: 'trimmed', from: head.offset, to: head.offset }, head)
    }
  }

  append(topic: string, data: Uint8Array, options?: AppendOptions): Promise<Position> {
    this.appended.set(topic, (this.appended.get(topic) ?? 0) + 1)
    const isLost = this.#replyLost
    this.#replyLost = false
    return this.#ask(() => {
      const position = this.#memory.append(topic, data, options)
      if (isLost) throw new EventLogError('unavailable', 'the reply was lost')
      return position
    })
  }

  read(topic: string, after: Position, limits: ReadLimits): Promise<ReadResult> {
    return this.#ask(() => this.#memory.read(topic, after, limits))
  }

  head(topic: string): Promise<Position> {
    return this.#ask(() => this.#memory.head(topic))
  }

  heads(topics: readonly string[]): Promise<readonly Position[]> {
    return this.#ask(() => this.#memory.heads(topics))
  }

  watch(topic: string, listener: LogListener): Promise<LogWatch> {
    return this.#ask(() => {
      const heard: Heard = { topic, listener, held: [], from: 0 }
      let deliveredAt = 0
      const deliver = (task: () => void) => {
        if (this.#isStopped) heard.held.push(task)
        else task()
      }
      const watch = this.#memory.watch(topic, {
        record: (record) => {
          // In order, whatever each of them takes.
          const now = this.#clock.now()
          deliveredAt = Math.max(deliveredAt, now + this.#latencyMs())
          this.#clock.schedule(deliveredAt - now, () =>
            deliver(() => {
              if (!this.#isDead && this.#listeners.has(heard) && record.offset > heard.from) listener.record(record)
            }),
          )
        },
        gap: () => {},
      })
      this.#listeners.add(heard)
      this.watches++
      return {
        position: watch.position,
        close: () => {
          if (this.#listeners.delete(heard)) this.watches--
          watch.close()
        },
      }
    })
  }

  close(): void {}

  #ask<Value>(answer: () => Value): Promise<Value> {
    return new Promise((resolve, reject) => {
      this.#clock.schedule(this.#latencyMs(), () => {
        if (this.#isDead) return
        if (this.#isAway) return reject(new EventLogError('unavailable', 'the engine is away'))
        try {
          resolve(answer())
        } catch (error) {
          reject(error)
        }
      })
    })
  }
}

interface Heard {
  readonly topic: string
  readonly listener: LogListener
  readonly held: (() => void)[]
  /** Records up to this offset were lost. */
  from: number
}

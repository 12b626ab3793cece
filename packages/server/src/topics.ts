import { describeIssues, type EventEntry, validate } from '@wirepact/contract'
import type { EventLog, Position } from '@wirepact/eventlog'
import {
  type Clock,
  type Deliveries,
  type EventCodec,
  type EventHandling,
  type Incidents,
  parseTopic,
  type Shape,
  type Shapes,
  Topic,
  type TopicDirectory,
  topicKey,
} from '@wirepact/peer'
import { WirepactError } from '@wirepact/protocol'
import { patientLog } from './patient-log.ts'
import { Source, type SourceFunction } from './source.ts'

/** What the server does around one event. */
export interface ServedEvent extends EventHandling {
  /** Runs while somebody on this node listens to the topic. */
  readonly source?: SourceFunction
}

export interface TopicsOptions {
  readonly log: EventLog
  readonly codec: EventCodec
  readonly clock: Clock
  readonly deliveries: Deliveries
  readonly events: readonly EventEntry[]
  /** By event number. */
  readonly served: readonly ServedEvent[]
  readonly incidents: Incidents
  /** How long a source keeps running after its last listener lost the connection, in ms. */
  readonly lingerMs: number
}

interface Listened {
  readonly topic: Topic
  readonly opened: Promise<void>
  users: number
  source: Source | undefined
  stopLinger: (() => void) | undefined
}

/** The topics of this node: published to the log, listened to through one watch each. */
export class Topics implements TopicDirectory {
  readonly events: readonly EventEntry[]
  readonly #options: TopicsOptions
  readonly #listened = new Map<string, Listened>()
  /** What topics listen to. */
  readonly #log: EventLog
  #closed = false
  #nextAlias = 1
  /** How payloads are laid out for clients that have the same contract; known once the first of these has come. */
  #shapes: Shapes | undefined

  constructor(options: TopicsOptions) {
    this.#options = options
    this.events = options.events
    const { log, clock } = options
    this.#log = log.caps.shared ? patientLog(log, clock, () => this.#closed) : log
  }

  /** Topics that somebody listens to. */
  get size(): number {
    return this.#listened.size
  }

  /** There are clients that read values laid out by shape. What is published from now on may be laid out in the log. */
  layOut(shapes: Shapes): void {
    this.#shapes ??= shapes
  }

  /** Subscriptions of all clients of this node. */
  get subscriptions(): number {
    let sum = 0
    for (const { topic } of this.#listened.values()) sum += topic.size
    return sum
  }

  handling(entry: EventEntry): EventHandling {
    return this.#options.served[entry.index] ?? {}
  }

  headNow(entry: EventEntry, topic: unknown): Position | undefined {
    const schema = entry.definition.topic
    const parsed = schema === undefined ? { value: undefined } : validate(schema, topic)
    if (parsed instanceof Promise || parsed.issues !== undefined) return undefined
    const key = topicKey(entry.name, parsed.value)
    const { log } = this.#options
    // An engine is not asked: whoever begins here begins with what was delivered last, at most a little earlier.
    if (log.caps.shared) return this.#listened.get(key)?.topic.headNow
    const head = log.head(key)
    if (!(head instanceof Promise)) return head
    // Whoever reads the topic next will meet the same failure, and say it.
    head.catch(() => {})
    return undefined
  }

  keyOf(entry: EventEntry, topic: unknown): string {
    return topicKey(entry.name, topic)
  }

  /** @throws as `parseTopic`, for a topic that the contract does not allow */
  async keyOfUnparsed(entry: EventEntry, topic: unknown): Promise<string> {
    return topicKey(entry.name, await parseTopic(entry, topic))
  }

  /** Whose listeners a topic has on this node. */
  *listenersOf(key: string): Generator<unknown> {
    for (const { outlet } of this.#listened.get(key)?.topic.listeners ?? []) yield outlet.listener
  }

  /**
   * Adds an event to its topic. Resolves when the log has it.
   * A promise that nobody looks at never ends the process: what went wrong is reported as well.
   */
  publish(entry: EventEntry, topic: unknown, payload: unknown): Promise<void> {
    try {
      const answer = this.#append(entry, topic, payload)
      return answer instanceof Promise ? this.#watched(entry, answer) : done
    } catch (error) {
      return this.#watched(entry, Promise.reject(error))
    }
  }

  async acquire(entry: EventEntry, value: unknown): Promise<Topic> {
    const key = topicKey(entry.name, value)
    let listened = this.#listened.get(key)
    if (listened === undefined) {
      const { codec, deliveries } = this.#options
      // What the application says of single events is asked at once, not in the midst of delivering many.
      const asks = this.handling(entry).filter !== undefined || typeof entry.definition.whenSlow === 'object'
      const topic = new Topic(entry, key, this.#nextAlias++, value, codec, this.#log, asks ? undefined : deliveries)
      listened = { topic, opened: topic.open(), users: 0, source: undefined, stopLinger: undefined }
      this.#listened.set(key, listened)
    }
    listened.users++
    listened.topic.laid = this.#shapeOf(entry)?.laid
    listened.stopLinger?.()
    listened.stopLinger = undefined
    try {
      await listened.opened
    } catch (error) {
      listened.users--
      this.#forget(listened)
      throw error
    }
    if (this.#listened.get(key) !== listened) {
      // The server was closed while the log was being asked: nobody else would stop this watch any more.
      listened.topic.close()
      throw new WirepactError('unavailable', 'the server is closing')
    }
    this.#startSource(listened)
    return listened.topic
  }

  release(topic: Topic, deliberate: boolean): void {
    const listened = this.#listened.get(topic.key)
    if (listened === undefined || listened.topic !== topic) return
    listened.users--
    if (listened.users > 0) return
    if (deliberate || this.#options.lingerMs === 0) return this.#forget(listened)
    // A listener whose connection broke is likely to be back: until then its topic goes on as if it were there.
    listened.stopLinger = this.#options.clock.schedule(this.#options.lingerMs, () => this.#forget(listened))
  }

  close(): void {
    this.#closed = true
    for (const listened of [...this.#listened.values()]) {
      listened.users = 0
      this.#forget(listened)
    }
  }

  #append(entry: EventEntry, topic: unknown, payload: unknown): unknown {
    const shape = this.#shapeOf(entry)
    // What fits an exact shape is what the schema allows; what does not is told why, or is a plain value.
    if (shape?.exact === true) {
      const key = this.#keyNow(entry, topic)
      if (key !== undefined && this.#storeLaid(key, payload, shape)) return undefined
    }
    const parsedTopic =
      entry.definition.topic === undefined ? { value: topic } : validate(entry.definition.topic, topic)
    const parsedPayload = validate(entry.definition.payload, payload)
    if (parsedTopic instanceof Promise || parsedPayload instanceof Promise) {
      return Promise.all([parseTopic(entry, topic), parsedPayload]).then(([value, outcome]) => {
        if (outcome.issues !== undefined) throw notAllowed(entry, 'payload', outcome.issues)
        return this.#store(topicKey(entry.name, value), outcome.value, shape)
      })
    }
    if (parsedTopic.issues !== undefined) throw notAllowed(entry, 'topic', parsedTopic.issues)
    if (parsedPayload.issues !== undefined) throw notAllowed(entry, 'payload', parsedPayload.issues)
    return this.#store(topicKey(entry.name, parsedTopic.value), parsedPayload.value, shape)
  }

  // Undefined for a topic that is none, or takes its time.
  #keyNow({ definition, name }: EventEntry, topic: unknown): string | undefined {
    if (definition.topic === undefined) return topicKey(name, topic)
    const parsed = validate(definition.topic, topic)
    return parsed instanceof Promise || parsed.issues !== undefined ? undefined : topicKey(name, parsed.value)
  }

  #store(key: string, payload: unknown, shape: Shape | undefined): unknown {
    const { codec, log } = this.#options
    if (shape?.writes !== undefined && this.#storeLaid(key, payload, shape)) return undefined
    return log.append(key, codec.encode(payload))
  }

  /** False, and nothing is stored, for a value that does not fit. */
  #storeLaid(key: string, payload: unknown, { laid }: Shape): boolean {
    const { codec, deliveries, log } = this.#options
    const encoded = codec.layOut(payload, laid, deliveries.room(key, laid))
    if (encoded === undefined) return false
    log.appendMarked?.(key, encoded.bytes, encoded.start, encoded.end, laid)
    return true
  }

  // Contracts change, so only a log of this process may hold what cannot be read without one.
  #shapeOf(entry: EventEntry): Shape | undefined {
    return this.#options.log.appendMarked === undefined ? undefined : this.#shapes?.payload(entry)
  }

  #watched(entry: EventEntry, answer: Promise<unknown>): Promise<void> {
    const result = answer.then(nothing)
    result.catch((error: unknown) => this.#options.incidents.report('event-failed', entry.name, error))
    return result
  }

  #startSource(listened: Listened): void {
    const run = this.#options.served[listened.topic.entry.index]?.source
    if (run === undefined || listened.source !== undefined) return
    const { entry, value, key } = listened.topic
    listened.source = new Source(
      run,
      value,
      (payload) => this.publish(entry, value, payload),
      (error) => {
        this.#options.incidents.report('source-failed', key, error)
      },
    )
  }

  #forget(listened: Listened): void {
    if (listened.users > 0) return
    listened.stopLinger?.()
    if (this.#listened.get(listened.topic.key) === listened) this.#listened.delete(listened.topic.key)
    listened.source?.stop()
    listened.topic.close()
  }
}

function notAllowed(entry: EventEntry, what: string, issues: Parameters<typeof describeIssues>[0]): TypeError {
  return new TypeError(`this is not a ${what} that ${entry.name} allows: ${describeIssues(issues)}`)
}

function nothing(): void {}

const done = Promise.resolve()

import type { EventDefinition, EventEntry, SchemaInput, SchemaOutput, SlowPolicy } from '@wirepact/contract'
import type { WirepactError } from '@wirepact/protocol'
import { type EventIterator, type EventIteratorOptions, iterateEvents } from './event-iterator.ts'
import { nameTree } from './name-tree.ts'
import { type Hearing, type Listening, openSubscription, type Subscription } from './subscription.ts'
import type { Gap, SubscriptionListener } from './wire-subscription.ts'

/** What a subscriber hears of one topic. What a listener throws is reported and changes nothing. */
export interface EventListener<Payload, Snapshot> {
  next(payload: Payload): void
  /** Events were missed for good. What follows is what the contract says: a snapshot, the next event, or the end. */
  gap?(gap: Gap): void
  /** With `whenSlow: 'drop'`: so many events were left out, because they came faster than they were read. */
  dropped?(count: number): void
  /** The topic's state, to start from and to carry on from after a gap. */
  readonly snapshot?: SnapshotListener<Snapshot>
  /** Nothing more will come: the server ended the subscription, or the client was closed (then without an error). */
  ended?(error: WirepactError<string> | undefined): void
}

/** What hears the topics of an event that the server chooses for this client. */
export interface JoinedListener<Topic, Payload> {
  next(payload: Payload, topic: Topic): void
  /** The server added this client to a topic; told at once for those it already has. */
  joined?(topic: Topic): void
  left?(topic: Topic): void
  gap?(gap: Gap, topic: Topic): void
  dropped?(count: number, topic: Topic): void
}

export interface EventLoopOptions<Snapshot> {
  /** Ends the loop with a `cancelled` error. */
  readonly signal?: AbortSignal | undefined
  /** Payloads that may wait for the loop; one more ends it with `resource-exhausted`. @default 1,024 */
  readonly maxQueued?: number | undefined
  /** Hears of gaps. Without it, a gap ends the loop with a `gap` error. */
  gap?(gap: Gap): void
  /** As for a listener. */
  dropped?(count: number): void
  /** As for `subscribe`. */
  readonly whenSlow?: SlowPolicy | undefined
  readonly snapshot?: SnapshotListener<Snapshot>
}

export interface SubscribeOptions {
  /** Ends the subscription, as `unsubscribe` does. */
  readonly signal?: AbortSignal | undefined
  /**
   * What happens to events that come faster than this client reads them. All its subscriptions to one topic are one to
   * the server: the first decides. @default what the contract says
   */
  readonly whenSlow?: SlowPolicy | undefined
}

type SnapshotListener<Snapshot> = [Snapshot] extends [never]
  ? 'the contract declares no snapshot for this event'
  : (value: Snapshot) => void

/** An event with topics, to loop over or to subscribe to. */
export interface TopicReceiver<Topic, JoinedTopic, Payload, Snapshot> {
  (topic: Topic, options?: EventLoopOptions<Snapshot>): EventIterator<Payload>
  subscribe(topic: Topic, listener: EventListener<Payload, Snapshot>, options?: SubscribeOptions): Subscription
  /** Listens to the topics that the server chooses. */
  joined(listener: JoinedListener<JoinedTopic, Payload>): Listening
}

/** An event without topics. */
export interface EventReceiver<Payload, Snapshot> {
  (options?: EventLoopOptions<Snapshot>): EventIterator<Payload>
  subscribe(listener: EventListener<Payload, Snapshot>, options?: SubscribeOptions): Subscription
  /** Listens while the server makes this client listen. */
  joined(listener: JoinedListener<undefined, Payload>): Listening
}

/** The events of a contract, as they are received. */
export type EventReceivers<Events> = {
  readonly [Name in keyof Events]: Events[Name] extends EventDefinition<infer Topic, infer Payload, infer Snapshot>
    ? [Topic] extends [undefined]
      ? EventReceiver<SchemaOutput<Payload>, SnapshotValue<Snapshot>>
      : TopicReceiver<SchemaInput<Topic>, SchemaOutput<Topic>, SchemaOutput<Payload>, SnapshotValue<Snapshot>>
    : EventReceivers<Events[Name]>
}

type SnapshotValue<Snapshot> = [Snapshot] extends [undefined] ? never : SchemaOutput<Snapshot>

/** The receiving engine; both functions answer with what stops the listening. */
export interface EventSource {
  subscribe(entry: EventEntry, topic: unknown, listener: SubscriptionListener, policy?: SlowPolicy): () => void
  onJoined(entry: EventEntry, listener: JoinedListener<unknown, unknown>): () => void
}

/** The typed surface over an {@link EventSource}, with one function per event, made once. */
export function createEventReceivers<Events>(
  events: readonly EventEntry[],
  source: EventSource,
): EventReceivers<Events> {
  return nameTree(events, (entry) => receiverOf(entry, source)) as EventReceivers<Events>
}

type Loop = Omit<EventIteratorOptions, 'name'> & SubscribeOptions

function receiverOf(entry: EventEntry, source: EventSource): unknown {
  const hasTopic = entry.definition.topic !== undefined
  const listenTo = (topic: unknown, policy?: SlowPolicy) => (listener: SubscriptionListener) =>
    source.subscribe(entry, topic, listener, policy)
  const iterate = (topic: unknown, options: Loop = {}) =>
    iterateEvents(listenTo(topic, options.whenSlow), { ...options, name: entry.name })
  const subscribe = (topic: unknown, listener: Hearing, options: SubscribeOptions = {}) =>
    openSubscription(listenTo(topic, options.whenSlow), listener, options.signal)
  const receiver = hasTopic ? iterate : (options?: Loop) => iterate(undefined, options)
  Object.defineProperty(receiver, 'name', { value: entry.name })
  return Object.freeze(
    Object.assign(receiver, {
      subscribe: hasTopic
        ? subscribe
        : (listener: Hearing, options?: SubscribeOptions) => subscribe(undefined, listener, options),
      joined(listener: JoinedListener<unknown, unknown>): Listening {
        const unsubscribe = source.onJoined(entry, listener)
        return Object.freeze({ unsubscribe, [Symbol.dispose]: unsubscribe })
      },
    }),
  )
}

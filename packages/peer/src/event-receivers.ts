import type { EventDefinition, EventEntry, SchemaInput, SchemaOutput, SlowPolicy } from '@wirepact/contract'
import type { WirepactError } from '@wirepact/protocol'
import type { EventIterator } from './event-iterator.ts'
import { nameTree } from './name-tree.ts'
import type { Listening, Subscription } from './subscription.ts'
import type { Gap } from './wire-subscription.ts'

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

/** The typed surface: what `receiverOf` makes of each event, made once. */
export function createEventReceivers<Events>(
  events: readonly EventEntry[],
  receiverOf: (entry: EventEntry) => unknown,
): EventReceivers<Events> {
  return nameTree(events, receiverOf) as EventReceivers<Events>
}

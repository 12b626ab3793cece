import type { EventDefinition, EventEntry, SchemaInput } from '@wirepact/contract'
import { nameTree } from './name-tree.ts'

/** Publishes an event with topics. */
export interface TopicPublisher<Topic, Payload> {
  /**
   * Resolves when the log holds the event, so that subscribers will get it even after a cut.
   * Rejects with a TypeError when topic or payload are not what the contract allows.
   */
  publish(topic: Topic, payload: Payload): Promise<void>
}

/** Publishes an event without topics. */
export interface EventPublisher<Payload> {
  /** As for an event with topics. */
  publish(payload: Payload): Promise<void>
}

/** The events of a contract, as they are published. */
export type EventPublishers<Events> = {
  readonly [Name in keyof Events]: Events[Name] extends EventDefinition<infer Topic, infer Payload, infer _Snapshot>
    ? [Topic] extends [undefined]
      ? EventPublisher<SchemaInput<Payload>>
      : TopicPublisher<SchemaInput<Topic>, SchemaInput<Payload>>
    : EventPublishers<Events[Name]>
}

/** The topics of one event that the server makes one connection listen to. */
export interface TopicMembership<Topic> {
  /** Resolves when the client has been told. Does nothing for a topic that the connection has joined. */
  join(topic: Topic): Promise<void>
  /** Does nothing for a topic that the connection has not joined. What the client asked for itself stays. */
  leave(topic: Topic): Promise<void>
}

/** As {@link TopicMembership}, for an event without topics. */
export interface EventMembership {
  join(): Promise<void>
  leave(): Promise<void>
}

/** The events of a contract, as one connection joins and leaves them. */
export type EventMemberships<Events> = {
  readonly [Name in keyof Events]: Events[Name] extends EventDefinition<infer Topic, infer _Payload, infer _Snapshot>
    ? [Topic] extends [undefined]
      ? EventMembership
      : TopicMembership<SchemaInput<Topic>>
    : EventMemberships<Events[Name]>
}

/** What publishes, after both have been checked. */
export type Publish = (entry: EventEntry, topic: unknown, payload: unknown) => Promise<void>

/** The typed surface over `publish`, made once for a server. */
export function createEventPublishers<Events>(
  events: readonly EventEntry[],
  publish: Publish,
): EventPublishers<Events> {
  return nameTree(events, (entry) =>
    Object.freeze({
      publish:
        entry.definition.topic === undefined
          ? (payload: unknown) => publish(entry, undefined, payload)
          : (topic: unknown, payload: unknown) => publish(entry, topic, payload),
    }),
  ) as EventPublishers<Events>
}

/** What makes one connection listen, or stop. */
export interface Membership {
  join(entry: EventEntry, topic: unknown): Promise<void>
  leave(entry: EventEntry, topic: unknown): Promise<void>
}

/** The typed surface over a {@link Membership}. It costs memory per connection: make it when it is first asked for. */
export function createEventMemberships<Events>(
  events: readonly EventEntry[],
  membership: Membership,
): EventMemberships<Events> {
  return nameTree(events, (entry) =>
    Object.freeze({
      join: (topic?: unknown) => membership.join(entry, topic),
      leave: (topic?: unknown) => membership.leave(entry, topic),
    }),
  ) as EventMemberships<Events>
}

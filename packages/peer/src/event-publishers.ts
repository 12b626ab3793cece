import type { EventDefinition, EventEntry, SchemaInput } from '@wirepact/contract'
import { nameTree } from './name-tree.ts'

/** Who listens to a topic, on all nodes. */
export interface TopicListeners {
  /** Connections that listen. A client that is away is not one of them. */
  readonly count: number
  /** Who they are, as `principal` names them: each once, guests not at all, at most 1,000 of each node. */
  readonly principals: readonly string[]
  /** How many on which node; nodes without any are left out. */
  readonly nodes: readonly { readonly node: string; readonly count: number }[]
  /** False when a node that is there did not answer within 1 s: there may be more. */
  readonly complete: boolean
  /** How long ago this was asked, in ms. */
  readonly ageMs: number
}

export interface ListenersOptions {
  /** An answer that is not older than this, in ms, is given again; 0: it is always asked. @default 2,000 */
  readonly maxAgeMs?: number | undefined
}

/** Publishes an event with topics. */
export interface TopicPublisher<Topic, Payload> {
  /**
   * Resolves when the log holds the event, so that subscribers will get it even after a cut.
   * Rejects with a TypeError when topic or payload are not what the contract allows.
   */
  publish(topic: Topic, payload: Payload): Promise<void>
  /**
   * Who listens now, on this node and all others of the same log. Rejects with a WirepactError: `unavailable` when they
   * cannot be asked, `invalid-input` for a topic that the contract does not allow.
   */
  listeners(topic: Topic, options?: ListenersOptions): Promise<TopicListeners>
}

/** Publishes an event without topics. */
export interface EventPublisher<Payload> {
  /** As for an event with topics. */
  publish(payload: Payload): Promise<void>
  /** As for an event with topics. */
  listeners(options?: ListenersOptions): Promise<TopicListeners>
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

/** What publishes, and knows who listens. */
export interface Publishing {
  publish(entry: EventEntry, topic: unknown, payload: unknown): Promise<void>
  listeners(entry: EventEntry, topic: unknown, options: ListenersOptions | undefined): Promise<TopicListeners>
}

/** The typed surface over that, made once for a server. */
export function createEventPublishers<Events>(
  events: readonly EventEntry[],
  publishing: Publishing,
): EventPublishers<Events> {
  return nameTree(events, (entry) =>
    Object.freeze(
      entry.definition.topic === undefined
        ? {
            publish: (payload: unknown) => publishing.publish(entry, undefined, payload),
            listeners: (options?: ListenersOptions) => publishing.listeners(entry, undefined, options),
          }
        : {
            publish: (topic: unknown, payload: unknown) => publishing.publish(entry, topic, payload),
            listeners: (topic: unknown, options?: ListenersOptions) => publishing.listeners(entry, topic, options),
          },
    ),
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

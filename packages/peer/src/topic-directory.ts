import type { EventEntry } from '@wirepact/contract'
import type { Position } from '@wirepact/eventlog'
import type { Topic } from './topic.ts'

/** What the publishing side does around one event; the typed surface is in `event-publishers.ts`. */
export interface EventHandling {
  /** Throws, or answers false, to refuse a subscriber. @default everybody may listen */
  readonly authorize?: (request: EventRequest) => unknown
  /** Answers false for an event that this subscriber must not see. @default every event */
  readonly filter?: (request: EventRequest & { readonly payload: unknown }) => boolean
  /** The topic's state, for events whose contract declares a snapshot. */
  readonly snapshot?: (request: EventRequest) => unknown
}

export interface EventRequest {
  readonly topic: unknown
  readonly context: unknown
  readonly connection: unknown
}

/** Where the topics of this node come from. */
export interface TopicDirectory {
  readonly events: readonly EventEntry[]
  handling(entry: EventEntry): EventHandling
  /** The topic with these (parsed) parameters; it stays alive until `release`. */
  acquire(entry: EventEntry, topic: unknown): Promise<Topic>
  /** `deliberate`: its subscriber said so, rather than lost its connection. */
  release(topic: Topic, deliberate: boolean): void
  keyOf(entry: EventEntry, topic: unknown): string
  /** Where the topic with these (not yet parsed) parameters stands, if that can be told without waiting. */
  headNow(entry: EventEntry, topic: unknown): Position | undefined
}

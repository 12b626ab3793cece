import type { EventEntry } from '@wirepact/contract'
import type { Message, Outgoing, Run } from '@wirepact/protocol'
import type { Incidents } from './failure.ts'
import type { EventForm } from './shared-event.ts'
import type { TopicDirectory } from './topic-directory.ts'

/** What all publications of a server share. */
export interface PublicationOptions {
  readonly directory: TopicDirectory
  /** Above this many waiting bytes nothing more is pushed. */
  readonly highWaterBytes: number
  readonly maxSubscriptions: number
  readonly incidents: Incidents
}

/** The connection whose subscriptions are served. */
export interface Subscribed {
  /** How it reads the events of one kind. */
  formOf(entry: EventEntry): EventForm
  /** What it was authenticated as: asked for each time, as fresh credentials may change it. */
  readonly context: unknown
  /** What filters and snapshots are given as `connection`. */
  readonly face: unknown
  /** Bytes waiting in the channel. */
  readonly bufferedBytes: number
  tell(message: Message): void
  /** False, and nothing is sent, for what the other side would refuse. */
  forward(message: Outgoing): boolean
  forwardAll(run: Run): boolean
}

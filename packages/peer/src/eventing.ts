import type { EventEntry } from '@wirepact/contract'
import { type EventSource, receiverOf, type UntypedReceiver } from './event-receiver.ts'
import { Subscriber, type SubscriberOptions } from './subscriber.ts'

/** What receives events. A door of its own, so that a client whose contract has none does not carry it. */
export interface Eventing {
  readonly subscriber: (options: SubscriberOptions) => Subscriber
  /** One event as it is received: what `EventReceivers` says of it. */
  readonly receiver: (entry: EventEntry, source: EventSource) => UntypedReceiver
}

export const eventing: Eventing = { subscriber: (options) => new Subscriber(options), receiver: receiverOf }

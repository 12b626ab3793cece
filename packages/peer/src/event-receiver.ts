import type { EventEntry, SlowPolicy } from '@wirepact/contract'
import { type EventIterator, type EventIteratorOptions, iterateEvents } from './event-iterator.ts'
import type { JoinedListener, SubscribeOptions } from './event-receivers.ts'
import { type Hearing, type Listening, openSubscription, type Subscription } from './subscription.ts'
import type { SubscriptionListener } from './wire-subscription.ts'

/** The receiving engine; both functions answer with what stops the listening. */
export interface EventSource {
  subscribe(entry: EventEntry, topic: unknown, listener: SubscriptionListener, policy?: SlowPolicy): () => void
  onJoined(entry: EventEntry, listener: JoinedListener<unknown, unknown>): () => void
}

/** An event as it is received, whose types have served their purpose. */
export interface UntypedReceiver {
  (...given: unknown[]): EventIterator<unknown>
  subscribe(...given: unknown[]): Subscription
  joined(listener: JoinedListener<unknown, unknown>): Listening
}

type Loop = Omit<EventIteratorOptions, 'name'> & SubscribeOptions

/** One event over an {@link EventSource}, whatever its types: with a topic or without. */
export function receiverOf(entry: EventEntry, source: EventSource): UntypedReceiver {
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
    Object.assign(receiver as UntypedReceiver, {
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

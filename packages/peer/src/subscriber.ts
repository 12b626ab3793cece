import type { EventEntry, SlowPolicy } from '@wirepact/contract'
import {
  type EventMessage,
  type GapMessage,
  Kind,
  type Message,
  type Position,
  type SubscribedMessage,
  type UnsubscribedMessage,
  WirepactError,
} from '@wirepact/protocol'
import type { Counterpart } from './numbering.ts'
import { topicKey } from './topic-key.ts'
import { type SubscriptionListener, WireSubscription } from './wire-subscription.ts'

export interface SubscriberOptions {
  readonly events: readonly EventEntry[]
  /** Hears what a listener threw: it must not reach the connection. */
  readonly failed: (error: unknown, where: string) => void
}

/** Listens to topics that the server makes us listen to. */
export interface JoinListener {
  next(payload: unknown, topic: unknown): void
  joined?(topic: unknown): void
  left?(topic: unknown): void
  gap?(gap: { reason: string; from: number; to: number }, topic: unknown): void
  dropped?(count: number, topic: unknown): void
}

/**
 * The subscribing end. A subscription belongs to the client, not to a connection: each new connection is asked to carry
 * it on from where it stands. Two subscriptions to one topic share one on the wire.
 */
export class Subscriber {
  readonly #options: SubscriberOptions
  readonly #byKey = new Map<string, WireSubscription>()
  readonly #byId = new Map<number, WireSubscription>()
  readonly #byAlias = new Map<number, WireSubscription>()
  /** The one of them that was looked for last: events of a topic seldom come alone. */
  #recent: WireSubscription | undefined
  readonly #joinListeners = new Map<EventEntry, Set<JoinListener>>()
  #nextId = 1
  #closed: { readonly error: WirepactError<string> | undefined } | undefined
  #send: ((message: Message) => void) | undefined
  #counterpart: Counterpart | undefined

  constructor(options: SubscriberOptions) {
    this.#options = options
  }

  /** Subscriptions held now, whatever the connection does. */
  get size(): number {
    return this.#byId.size
  }

  /** Starts to listen. The returned function stops it. */
  subscribe(entry: EventEntry, topic: unknown, listener: SubscriptionListener, policy?: SlowPolicy): () => void {
    if (this.#closed !== undefined) {
      listener.ended?.(this.#closed.error)
      return () => {}
    }
    const key = topicKey(entry.name, topic)
    const known = this.#byKey.get(key)
    const subscription = known ?? this.#create(entry, topic, key)
    this.#byId.set(subscription.id, subscription)
    subscription.policy ??= policy
    subscription.listeners = [...subscription.listeners, listener]
    if (known === undefined) this.#ask(subscription)
    else if (known.alias !== 0) listener.ready?.()
    return () => this.#unlisten(subscription, listener)
  }

  /** Hears of topics that the server chose. The returned function stops it. */
  onJoined(entry: EventEntry, listener: JoinListener): () => void {
    const listeners = this.#joinListeners.get(entry) ?? new Set<JoinListener>()
    this.#joinListeners.set(entry, listeners)
    listeners.add(listener)
    for (const subscription of this.#byKey.values()) {
      if (subscription.entry === entry && subscription.joined && subscription.alias !== 0) {
        this.#hear(entry, () => listener.joined?.(subscription.topic))
      }
    }
    return () => listeners.delete(listener)
  }

  /**
   * A connection stands: every subscription is asked for, from where it was. One that stood before and still does hears
   * that they have left it: whatever comes over it must not reach this any more, as its aliases are others.
   */
  open(send: (message: Message) => void, counterpart: Counterpart): void {
    for (const id of this.#byId.keys()) this.#send?.({ kind: Kind.unsubscribe, id })
    this.detached()
    this.#send = send
    this.#counterpart = counterpart
    for (const subscription of [...this.#byId.values()]) this.#ask(subscription)
  }

  /** The connection is gone. */
  detached(): void {
    this.#send = undefined
    this.#byAlias.clear()
    this.#recent = undefined
    for (const subscription of this.#byKey.values()) {
      subscription.alias = 0
      const { leap } = subscription
      // Its gap was lost with the connection: it is asked for again from before the hole.
      if (leap?.told === false) subscription.stand(leap.from.epoch, leap.from.offset)
      subscription.leap = undefined
    }
  }

  /** Nothing will ever come again. */
  close(error: WirepactError<string> | undefined): void {
    this.#closed = { error }
    this.detached()
    for (const subscription of [...this.#byId.values()]) this.#end(subscription, error)
    this.#byKey.clear()
    this.#joinListeners.clear()
  }

  /** The event that comes under a number; undefined where nobody listens any more. */
  eventOf(alias: number): EventEntry | undefined {
    return this.#at(alias)?.entry
  }

  /** False when the message is not about subscriptions. @throws Error for one that makes no sense. */
  receive(message: Message): boolean {
    switch (message.kind) {
      case Kind.event:
        this.#event(message)
        return true
      case Kind.subscribed:
        this.#subscribed(message)
        return true
      case Kind.unsubscribed:
        this.#unsubscribed(message)
        return true
      case Kind.gap:
        this.#gap(message)
        return true
      case Kind.snapshot: {
        const subscription = this.#byAlias.get(message.alias)
        if (subscription === undefined) return true
        subscription.offset = Math.max(subscription.offset, message.offset)
        subscription.awaitsSnapshot = false
        this.#each(subscription, (listener) => listener.snapshot?.(message.value))
        return true
      }
      default:
        return false
    }
  }

  #create(entry: EventEntry, topic: unknown, key: string): WireSubscription {
    const subscription = new WireSubscription(entry, topic, key, this.#nextId++)
    this.#byKey.set(key, subscription)
    return subscription
  }

  #ask(subscription: WireSubscription): void {
    if (this.#send === undefined) return
    const event = (this.#counterpart as Counterpart).numberOfEvent(subscription.entry)
    if (typeof event !== 'number') return this.#end(subscription, event)
    const { id, topic, position, policy } = subscription
    // Until the first snapshot has come there is nothing to carry on from.
    if (position === undefined) subscription.awaitsSnapshot = subscription.entry.definition.snapshot !== undefined
    try {
      this.#send({ kind: Kind.subscribe, id, event, topic, position, policy })
    } catch (error) {
      this.#end(subscription, WirepactError.from(error))
    }
  }

  #unlisten(subscription: WireSubscription, listener: SubscriptionListener): void {
    if (!subscription.listeners.includes(listener)) return
    subscription.listeners = subscription.listeners.filter((each) => each !== listener)
    if (subscription.listeners.length > 0) return
    if (this.#byId.delete(subscription.id)) this.#send?.({ kind: Kind.unsubscribe, id: subscription.id })
    if (!subscription.joined) this.#forget(subscription)
  }

  #at(alias: number): WireSubscription | undefined {
    if (this.#recent?.alias !== alias) this.#recent = this.#byAlias.get(alias)
    return this.#recent
  }

  #event({ alias, offset, advance, payload }: EventMessage): void {
    const subscription = this.#at(alias)
    // Events that were on their way when we unsubscribed.
    if (subscription === undefined) return
    // A position only moves forward: what was delivered is not delivered again.
    if (offset <= subscription.offset) return
    if (subscription.leap !== undefined) this.#land(subscription)
    subscription.offset = offset
    if (advance === true) return
    for (const listener of subscription.listeners) {
      try {
        listener.next(payload, subscription.topic)
      } catch (error) {
        this.#options.failed(error, subscription.entry.name)
      }
    }
    if (subscription.joined) this.#eachJoin(subscription, (listener) => listener.next(payload, subscription.topic))
  }

  #subscribed(message: SubscribedMessage): void {
    const subscription = message.id === undefined ? this.#join(message) : this.#byId.get(message.id)
    if (subscription === undefined) return
    const before = subscription.position
    subscription.alias = message.alias
    this.#byAlias.set(message.alias, subscription)
    this.#recent = undefined
    const { epoch, id, offset } = message
    // A topic of the server's choice carries on from where the server knows us to be, which may be behind where we are.
    const leaps = before?.epoch !== epoch || before.offset < offset
    if (leaps) subscription.stand(epoch, offset)
    // The server joins from now, whatever we had before: what lies between is a hole, and a hole is always said. To what
    // we asked for ourselves it says the gap.
    if (leaps && before !== undefined)
      subscription.leap = { from: before, to: { epoch, offset }, told: id === undefined }
    this.#each(subscription, (listener) => listener.ready?.())
    if (id !== undefined) return
    this.#eachJoin(subscription, (listener) => listener.joined?.(subscription.topic))
    if (leaps && before !== undefined) this.#sayLeap(subscription, before, { epoch, offset })
  }

  // Events follow, so no gap does.
  #land(subscription: WireSubscription): void {
    const { leap } = subscription
    subscription.leap = undefined
    if (leap?.told === false) this.#sayLeap(subscription, leap.from, leap.to)
  }

  #sayLeap(subscription: WireSubscription, from: Position, to: Position): void {
    const reason = from.epoch === to.epoch ? 'trimmed' : 'epoch'
    this.#sayGap(subscription, { reason, from: from.offset, to: to.offset })
  }

  #join({ event, topic }: SubscribedMessage): WireSubscription | undefined {
    const { events } = this.#options
    const index = typeof event === 'number' ? (this.#counterpart as Counterpart).eventAt(event) : -1
    const entry = typeof event === 'string' ? events.find(({ name }) => name === event) : events[index]
    if (entry === undefined) return undefined
    const key = topicKey(entry.name, topic ?? undefined)
    const subscription = this.#byKey.get(key) ?? this.#create(entry, topic ?? undefined, key)
    subscription.joined = true
    return subscription
  }

  #unsubscribed({ id, alias, code, message, retryAfterMs }: UnsubscribedMessage): void {
    if (id !== undefined) {
      const subscription = this.#byId.get(id)
      const data = retryAfterMs === undefined ? undefined : { retryAfterMs }
      if (subscription !== undefined) this.#end(subscription, new WirepactError(code, message, { data }))
      return
    }
    const subscription = this.#byAlias.get(alias ?? 0)
    if (subscription === undefined || !subscription.joined) return
    subscription.joined = false
    if (!this.#byId.has(subscription.id)) this.#forget(subscription)
    this.#eachJoin(subscription, (listener) => listener.left?.(subscription.topic))
  }

  #gap({ alias, reason, epoch, from, to, dropped }: GapMessage): void {
    const subscription = this.#byAlias.get(alias)
    if (subscription === undefined) return
    const { leap } = subscription
    const isKnown = leap?.to.epoch === epoch && leap.to.offset === to
    if (isKnown) subscription.leap = undefined
    const stays = reason === 'trimmed' && subscription.epoch === epoch && subscription.offset >= to
    // What the server fears lost, because it did not know us to have it, we have.
    if (stays && !isKnown) return
    if (!stays) subscription.stand(epoch, to)
    // After a gap of the subscriber's own wish nothing follows.
    if (dropped === undefined) {
      subscription.awaitsSnapshot = subscription.entry.definition.snapshot !== undefined
      return isKnown && leap.told ? undefined : this.#sayGap(subscription, { reason, from, to })
    }
    this.#each(subscription, (listener) => listener.dropped?.(dropped))
    this.#eachJoin(subscription, (listener) => listener.dropped?.(dropped, subscription.topic))
  }

  #sayGap(subscription: WireSubscription, gap: { reason: string; from: number; to: number }): void {
    this.#each(subscription, (listener) => listener.gap?.(gap))
    this.#eachJoin(subscription, (listener) => listener.gap?.(gap, subscription.topic))
    if (subscription.entry.definition.onGap !== 'error' || !this.#byId.has(subscription.id)) return
    this.#send?.({ kind: Kind.unsubscribe, id: subscription.id })
    const { name } = subscription.entry
    const text = `events of ${name} were missed (${gap.reason}) and its contract says that this ends the subscription`
    this.#end(subscription, new WirepactError('gap', text, { data: gap }))
  }

  #end(subscription: WireSubscription, error: WirepactError<string> | undefined): void {
    this.#byId.delete(subscription.id)
    if (!subscription.joined) this.#forget(subscription)
    const { listeners } = subscription
    subscription.listeners = []
    for (const listener of listeners) this.#hear(subscription.entry, () => listener.ended?.(error))
  }

  #forget(subscription: WireSubscription): void {
    if (this.#byKey.get(subscription.key) === subscription) this.#byKey.delete(subscription.key)
    if (this.#byAlias.get(subscription.alias) === subscription) this.#byAlias.delete(subscription.alias)
    this.#recent = undefined
  }

  #each(subscription: WireSubscription, tell: (listener: SubscriptionListener) => void): void {
    for (const listener of subscription.listeners) this.#hear(subscription.entry, () => tell(listener))
  }

  #eachJoin(subscription: WireSubscription, tell: (listener: JoinListener) => void): void {
    if (!subscription.joined && subscription.alias === 0) return
    const listeners = this.#joinListeners.get(subscription.entry)
    if (listeners !== undefined)
      for (const listener of [...listeners]) this.#hear(subscription.entry, () => tell(listener))
  }

  #hear(entry: EventEntry, tell: () => void): void {
    try {
      tell()
    } catch (error) {
      this.#options.failed(error, entry.name)
    }
  }
}

import type { EventEntry, SlowPolicy } from '@wirepact/contract'
import type { Position, WirepactError } from '@wirepact/protocol'

/** A hole in a subscription: everything after `from` up to and including `to` is not going to come. */
export interface Gap {
  /**
   * `epoch`: the server's log began anew · `trimmed`: the events are no longer kept · `ahead`: the server lost the
   * newest events · `slow`: we did not keep up · `denied`: we were not allowed to see them.
   */
  readonly reason: string
  /** Offset of the last event before the hole, and of the last one in it; they compare only within an epoch. */
  readonly from: number
  readonly to: number
}

/** What one `subscribe` call wants to hear; nothing here may assume an order beyond that of the topic. */
export interface SubscriptionListener {
  next(payload: unknown, topic: unknown): void
  gap?(gap: Gap): void
  /** Events were left out, as `whenSlow: 'drop'` asks for. */
  dropped?(count: number): void
  snapshot?(value: unknown): void
  /** The subscription stands (again). */
  ready?(): void
  /** Nothing more will come; an error says why, unless we ended it ourselves. */
  ended?(error: WirepactError<string> | undefined): void
}

/**
 * A hole that is known from `subscribed` alone: the gap that names it is to follow, and may be lost with the connection.
 * Until somebody was told, the subscription has not got past it.
 */
export interface Leap {
  readonly from: Position
  readonly to: Position
  /** The server joined it from there, and says no more. */
  readonly told: boolean
}

/** One topic that this side listens to, over all connections: where it stands, and who hears of it. */
export class WireSubscription {
  readonly entry: EventEntry
  readonly topic: unknown
  readonly key: string
  /** Names it to the other side on one connection. */
  readonly id: number
  /** Replaced, never changed in place: a delivery under way goes on over the list that it started with. */
  listeners: readonly SubscriptionListener[] = []
  /** The server subscribed us as well. */
  joined = false
  /** The number that events carry on this connection; 0 while there is none. */
  alias = 0
  /** Where it stands; undefined before the first answer. */
  epoch: string | undefined
  offset = 0
  /** What its first subscriber asked for. */
  policy: SlowPolicy | undefined
  /** Where `subscribed` moved it, past events that did not come. */
  leap: Leap | undefined
  /** A snapshot is on its way; were it lost, the position would be worth nothing. */
  awaitsSnapshot = false

  constructor(entry: EventEntry, topic: unknown, key: string, id: number) {
    this.entry = entry
    this.topic = topic
    this.key = key
    this.id = id
  }

  get position(): Position | undefined {
    return this.epoch === undefined || this.awaitsSnapshot ? undefined : { epoch: this.epoch, offset: this.offset }
  }

  stand(epoch: string, offset: number): void {
    this.epoch = epoch
    this.offset = offset
  }
}

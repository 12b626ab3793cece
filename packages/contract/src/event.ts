import type { Schema, SchemaOutput } from './schema.ts'

/**
 * What the publisher and the subscribers of an event agree on. Its type parameters are schemas, `undefined` where the
 * contract gives none.
 */
export interface EventDefinition<Topic, Payload, Snapshot> {
  readonly kind: 'event'
  readonly topic: Topic
  readonly payload: Payload
  readonly snapshot: Snapshot
  readonly onGap: OnGap | undefined
  readonly whenSlow: WhenSlow<never> | undefined
  readonly version: number | string | undefined
}

export type AnyEvent = EventDefinition<Schema | undefined, Schema, Schema | undefined>

/** `skip`: the subscriber is told of the gap and carries on behind it. `error`: its subscription ends with `gap`. */
export type OnGap = 'skip' | 'error'

/**
 * What happens to events that a subscriber's connection has no room for. `catchup`: they are read from the log when
 * there is room again. `latest`: only the newest of them is sent. `drop`: they are left out, and the subscriber is told
 * how many. `close`: the subscription ends with `resource-exhausted`.
 */
export type SlowPolicy = 'catchup' | 'latest' | 'drop' | 'close'

/** A {@link SlowPolicy}, or `{ latest }`: the newest event for each text that the function gives. */
export type WhenSlow<Payload> = SlowPolicy | { readonly latest: (payload: Payload) => string }

export interface EventOptions<Topic, Payload, Snapshot, Gap> {
  /** What tells one stream of these events from another. @default nothing: there is one */
  readonly topic?: Topic
  /** What is published. */
  readonly payload: Payload
  /** What a subscriber gets first, and again when events it missed can no longer be replayed. */
  readonly snapshot?: Snapshot
  /** What happens, in place of a snapshot, when events a subscriber missed can no longer be replayed. */
  readonly onGap?: Gap
  /**
   * What a subscriber gets that does not keep up, unless it asks for something else. The server alone looks at it: two
   * peers may differ. @default 'catchup'
   */
  readonly whenSlow?: WhenSlow<SchemaOutput<Payload>>
  /** As for a procedure: a subscription between different versions fails as `incompatible`. */
  readonly version?: number | string
}

/**
 * Events that nobody can replay are a fact of networks, so a contract has to say what follows: exactly one of the two.
 * The sentences are what the compiler prints.
 */
type ExactlyOneRecovery<Snapshot, Gap> = [Snapshot, Gap] extends [undefined, undefined]
  ? { readonly 'say what follows a gap: give `snapshot`, or `onGap` as "skip" or "error"': never }
  : undefined extends Snapshot | Gap
    ? unknown
    : { readonly 'give `snapshot` or `onGap`, not both: a snapshot already says what follows a gap': never }

/** Declares an event that the server publishes. */
export function event<
  Payload extends Schema,
  Topic extends Schema | undefined = undefined,
  Snapshot extends Schema | undefined = undefined,
  Gap extends OnGap | undefined = undefined,
>(
  options: EventOptions<Topic, Payload, Snapshot, Gap> & ExactlyOneRecovery<Snapshot, Gap>,
): EventDefinition<Topic, Payload, Snapshot> {
  const { topic, payload, snapshot, onGap, whenSlow, version } = options as EventOptions<
    Topic,
    Payload,
    Snapshot,
    OnGap
  >
  return Object.freeze({
    kind: 'event',
    topic: topic as Topic,
    payload,
    snapshot: snapshot as Snapshot,
    onGap,
    whenSlow,
    version,
  })
}

import type {
  EventDefinition,
  EventEntry,
  PayloadOf,
  PublishedOf,
  Schema,
  SchemaInput,
  SchemaOutput,
} from '@wirepact/contract'
import { atName, leafNames } from './name-tree.ts'

/** Who wants to listen to what. */
export interface EventRequest<Topic, Context, Connection> {
  /** As its schema parsed it; `undefined` for an event without topics. */
  readonly topic: Topic
  readonly context: Context
  readonly connection: Connection
}

/** What the server says about one event, beyond publishing it. */
export interface EventHandler<Topic, Payload, Published, Context, Connection> {
  /**
   * Answers whether this subscriber may listen, or throws to say why not. It has to say so: an `authorize` that forgets
   * to answer does not compile. @default everybody may listen
   */
  readonly authorize?: (request: EventRequest<Topic, Context, Connection>) => boolean | PromiseLike<boolean>
  /** Answers false for a payload that this subscriber must not see. @default every payload */
  readonly filter?: (request: EventRequest<Topic, Context, Connection> & { readonly payload: Payload }) => boolean
  /** Runs while somebody on this node listens to a topic, and is aborted when nobody does any more. */
  readonly source?: (call: EventSourceCall<Topic, Published>) => void | PromiseLike<void>
}

/** As {@link EventHandler}, for an event whose contract declares a snapshot. */
export interface SnapshotEventHandler<Topic, Payload, Published, Snapshot, Context, Connection>
  extends EventHandler<Topic, Payload, Published, Context, Connection> {
  /**
   * The topic's state now. Those who subscribe while it is being taken share it, unless it looks at `context` or
   * `connection`. One that throws ends the subscriptions it was taken for, and nothing else.
   */
  readonly snapshot: (request: EventRequest<Topic, Context, Connection>) => Snapshot | PromiseLike<Snapshot>
}

export interface EventSourceCall<Topic, Published> {
  readonly topic: Topic
  /** Publishes on this topic. */
  readonly publish: (payload: Published) => Promise<void>
  readonly signal: AbortSignal
}

// Mapped types with the condition on the names, for the reason that `Handlers` gives. Four, because an event with a
// snapshot has to be there, and so has a namespace that contains one.

/** What the server says about its events, by name; an event with a snapshot has to be there. */
export type EventHandlers<Events, Context, Connection> = {
  readonly [Name in NamesOf<Events, 'plain'>]?: EventHandler<
    ParsedTopicOf<Events[Name]>,
    PayloadOf<Events[Name]>,
    PublishedOf<Events[Name]>,
    Context,
    Connection
  >
} & {
  readonly [Name in NamesOf<Events, 'snapshot'>]: SnapshotEventHandler<
    ParsedTopicOf<Events[Name]>,
    PayloadOf<Events[Name]>,
    PublishedOf<Events[Name]>,
    TakenSnapshotOf<Events[Name]>,
    Context,
    Connection
  >
} & {
  readonly [Name in NamesOf<Events, 'optional namespace'>]?: EventHandlers<Events[Name], Context, Connection>
} & {
  readonly [Name in NamesOf<Events, 'namespace'>]: EventHandlers<Events[Name], Context, Connection>
}

type NamesOf<Events, Kind> = { [Name in keyof Events]: KindOf<Events[Name]> extends Kind ? Name : never }[keyof Events]

type KindOf<Event> =
  Event extends EventDefinition<infer _Topic, infer _Payload, infer Snapshot>
    ? [Snapshot] extends [undefined]
      ? 'plain'
      : 'snapshot'
    : [NamesOf<Event, 'snapshot' | 'namespace'>] extends [never]
      ? 'optional namespace'
      : 'namespace'

type ParsedTopicOf<Event> =
  Event extends EventDefinition<infer Topic extends Schema, infer _P, infer _S> ? SchemaOutput<Topic> : undefined

type TakenSnapshotOf<Event> =
  Event extends EventDefinition<infer _T, infer _P, infer Snapshot> ? SchemaInput<Snapshot> : never

const handlerMembers = new Set(['authorize', 'filter', 'snapshot', 'source'])

/** An event handler whose types have served their purpose. */
export type UntypedEventHandler = Readonly<Record<string, unknown>>

/**
 * Puts event handlers in the order of the events' numbers; an event that nothing was said about gets an empty one.
 *
 * @param place names the option in messages
 * @throws TypeError that names what is not in the contract, not a function, or a snapshot that nobody takes
 */
export function flattenEventHandlers(
  events: readonly EventEntry[],
  handlers: object,
  place = 'events',
): readonly UntypedEventHandler[] {
  const names = new Set(events.map(({ name }) => name))
  for (const name of leafNames(handlers, (_node, at) => names.has(at))) {
    if (!names.has(name)) throw new TypeError(`${place}.${name} is not in the contract`)
  }
  return events.map(({ name, definition }) => {
    const handler = (atName(handlers, name) ?? {}) as UntypedEventHandler
    for (const [member, value] of Object.entries(handler)) {
      if (!handlerMembers.has(member))
        throw new TypeError(`${place}.${name}.${member} is not one of ${[...handlerMembers].join(', ')}`)
      if (value !== undefined && typeof value !== 'function')
        throw new TypeError(`${place}.${name}.${member} is not a function`)
    }
    const takesSnapshot = handler.snapshot !== undefined
    if (takesSnapshot === (definition.snapshot !== undefined)) return handler
    const what = takesSnapshot
      ? 'is given, but the contract declares no snapshot'
      : 'is missing: the contract declares one'
    throw new TypeError(`${place}.${name}.snapshot ${what}`)
  })
}

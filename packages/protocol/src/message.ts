/**
 * The kinds of message and the number of each on the wire (PROTOCOL.md, "Messages"). Numbers, because a switch over
 * small integers is a jump table; the JSON form uses the names.
 */
export const Kind = {
  call: 1,
  notify: 2,
  result: 3,
  error: 4,
  cancel: 5,
  item: 6,
  end: 7,
  state: 8,
  event: 9,
  snapshot: 10,
  ack: 11,
  credit: 12,
  ping: 13,
  pong: 14,
  hello: 15,
  welcome: 16,
  contract: 17,
  auth: 18,
  subscribe: 19,
  subscribed: 20,
  unsubscribe: 21,
  unsubscribed: 22,
  gap: 23,
  goaway: 24,
} as const

export type KindName = keyof typeof Kind
export type Kind = (typeof Kind)[KindName]

/** The name of a kind, by its number. */
export const kindNames: readonly (KindName | undefined)[] = namesByNumber()

function namesByNumber(): (KindName | undefined)[] {
  const names: (KindName | undefined)[] = []
  for (const name of Object.keys(Kind) as KindName[]) names[Kind[name]] = name
  return names
}

/** Asks the other side to run a procedure. */
export interface CallMessage {
  readonly kind: typeof Kind.call
  /** Chosen by the caller, rising by at least one, never used twice in a session. */
  readonly id: number
  /** The procedure's number in the callee's table; its name is allowed in the JSON form only. */
  readonly method: number | string
  /** Milliseconds the caller will wait; absent: 30,000; 0: for ever. */
  readonly timeoutMs?: number | undefined
  /** Idempotency key. */
  readonly key?: string | undefined
  readonly input?: unknown
  /** The input came laid out by shape. */
  readonly laid?: true | undefined
}

/** A call that has no answer. */
export interface NotifyMessage {
  readonly kind: typeof Kind.notify
  readonly method: number | string
  readonly input?: unknown
  readonly laid?: true | undefined
}

/** A call's good answer. */
export interface ResultMessage {
  readonly kind: typeof Kind.result
  readonly id: number
  readonly output?: unknown
}

/** A call's other answer. */
export interface ErrorMessage {
  readonly kind: typeof Kind.error
  readonly id: number
  /** One of the closed set, or the name of a declared error when `declared`. */
  readonly code: string
  readonly message: string
  readonly data?: unknown
  readonly declared?: boolean
}

/** The caller gives up; the handler should stop. */
export interface CancelMessage {
  readonly kind: typeof Kind.cancel
  readonly id: number
}

/** One item of a stream. */
export interface ItemMessage {
  readonly kind: typeof Kind.item
  readonly id: number
  /** Which of the stream's two directions: from the callee to the caller when true. */
  readonly fromCallee?: boolean | undefined
  /** It waited for credit of its stream: a larger window would have let it leave earlier. */
  readonly waited?: boolean | undefined
  readonly value?: unknown
}

/** One direction of a stream has ended well. */
export interface EndMessage {
  readonly kind: typeof Kind.end
  readonly id: number
  readonly fromCallee?: boolean | undefined
  readonly value?: unknown
}

/** The connection's state, mirrored to the client: a full copy, or changes to the copy it holds. */
export interface StateMessage {
  readonly kind: typeof Kind.state
  /** When true, `value` is a list of {@link StateChange}. */
  readonly patch?: boolean | undefined
  readonly value?: unknown
}

/** `[path, value]` sets the field that the path leads to, `[path]` removes it; the empty path is the whole state. */
export type StateChange = readonly [path: readonly string[], value: unknown] | readonly [path: readonly string[]]

/** One event of a topic, or (`advance`) only the news that the position moved past events that are not for us. */
export interface EventMessage {
  readonly kind: typeof Kind.event
  readonly alias: number
  readonly offset: number
  readonly advance?: boolean | undefined
  readonly payload?: unknown
}

/** A topic's state at an offset, from which events carry on. */
export interface SnapshotMessage {
  readonly kind: typeof Kind.snapshot
  readonly alias: number
  readonly offset: number
  readonly value?: unknown
}

/** How many counted messages the sender has received since the session began. */
export interface AckMessage {
  readonly kind: typeof Kind.ack
  readonly count: number
}

/** How much of a stream its sender may have sent in all: cumulative totals, so that a lost or repeated one is harmless. */
export interface CreditMessage {
  readonly kind: typeof Kind.credit
  /** Of the call; 0: of all streams together, and then `items` means nothing. */
  readonly id: number
  /** Who says it: the callee, of the caller's items, when true; otherwise the caller, of the callee's. */
  readonly fromCallee?: boolean | undefined
  readonly bytes: number
  readonly items: number
}

export interface PingMessage {
  readonly kind: typeof Kind.ping
  readonly nonce: number
}

export interface PongMessage {
  readonly kind: typeof Kind.pong
  readonly nonce: number
}

/** Numbers of a peer, by name (bytes, ms or a count each, as PROTOCOL.md, "Limits" says). */
export type LimitTable = Readonly<Record<string, number>>

/** The client's first message. */
/** What a client shows to carry on with a session. */
export interface Resumption {
  readonly session: string
  readonly token: Uint8Array
  /** Counted messages that it has received. */
  readonly received: number
  /** Greater with each hello of the session: the one with the greatest has it. */
  readonly attempt?: number | undefined
}

export interface HelloMessage {
  readonly kind: typeof Kind.hello
  /** The client's contract; compared, never interpreted. */
  readonly fingerprint: string
  /** Which software this is, for the server's logs. */
  readonly agent?: string | undefined
  readonly credentials?: unknown
  /** True when the client acknowledges what it receives, so that the session may outlive the connection. */
  readonly resumable?: boolean | undefined
  /** Present when the client wants to carry on a session. */
  readonly resume?: Resumption | undefined
  /** What the client accepts. */
  readonly limits?: LimitTable | undefined
  /** Asks for several messages in one WebSocket message. */
  readonly batch?: boolean | undefined
  /** The version of "Values laid out by shape" that the client knows. */
  readonly shapes?: number | undefined
}

/** The server's answer to hello: the session exists. */
export interface WelcomeMessage {
  readonly kind: typeof Kind.welcome
  readonly session: string
  /** What to present to resume this session. */
  readonly token?: Uint8Array | undefined
  /** Present when the session named in hello carries on. */
  readonly resumed?: { readonly received: number } | undefined
  /** The server pings at least this often, in ms. */
  readonly heartbeatMs: number
  /** What the server accepts. */
  readonly limits: LimitTable
  readonly fingerprint: string
  /** True when several messages may travel in one WebSocket message, in both directions. */
  readonly batch?: boolean | undefined
  /** Present when the fingerprints differ: the server's table. */
  readonly contract?: ContractTable | undefined
  /** Names what remembers the keys of this client's calls; limits.keyMs says for how long. */
  readonly keys?: string | undefined
  /** Present when values may be laid out by shape in this session. */
  readonly shapes?: number | undefined
}

/** `[name, shape hash, version?]`; its index in the list is its number. */
export type TableEntry = readonly [name: string, shape: string, version?: number | string]

/** Names, numbers and shape hashes of a contract. */
export interface ContractTable {
  readonly methods: readonly TableEntry[]
  readonly clientMethods: readonly TableEntry[]
  readonly events: readonly TableEntry[]
  readonly state?: string | undefined
}

/** The client's table, sent after a welcome that carried the server's. */
export interface ContractMessage {
  readonly kind: typeof Kind.contract
  readonly contract: ContractTable
}

/** Fresh credentials (client), the demand for them (server, `required`), or their acceptance (server, `ok`). */
export interface AuthMessage {
  readonly kind: typeof Kind.auth
  readonly credentials?: unknown
  readonly required?: boolean | undefined
  /** With `required`: how long the old ones still count, in ms. */
  readonly graceMs?: number | undefined
  readonly ok?: boolean | undefined
}

/** A place in a topic's log. */
export interface Position {
  /** Which log; offsets of different epochs have nothing to do with each other. */
  readonly epoch: string
  /** The last event seen, 0 before the first. */
  readonly offset: number
}

export interface SubscribeMessage {
  readonly kind: typeof Kind.subscribe
  /** Chosen by the client, unique among its subscriptions of this connection. */
  readonly id: number
  /** The event's number in the server's table, or its name. */
  readonly event: number | string
  readonly topic?: unknown
  /** Where to carry on; absent: from now. */
  readonly position?: Position | undefined
  /** What to do when the client cannot keep up; absent: what the contract says. */
  readonly policy?: string | undefined
}

/** A subscription stands: asked for (`id`), or decided by the server (`event` and `topic`). */
export interface SubscribedMessage {
  readonly kind: typeof Kind.subscribed
  readonly alias: number
  readonly epoch: string
  readonly offset: number
  readonly id?: number | undefined
  readonly event?: number | string | undefined
  readonly topic?: unknown
}

export interface UnsubscribeMessage {
  readonly kind: typeof Kind.unsubscribe
  readonly id: number
}

/** A subscription was refused, has ended, or (`alias` alone) was left by the server. */
export interface UnsubscribedMessage {
  readonly kind: typeof Kind.unsubscribed
  readonly id?: number | undefined
  readonly alias?: number | undefined
  readonly code: string
  readonly message: string
  /** With `resource-exhausted` for asking too often: when to ask again, in ms from now. */
  readonly retryAfterMs?: number | undefined
}

/** Why events are missing: epoch, trimmed, ahead, slow or denied; a later version may know more. */
export type GapReason = 'epoch' | 'trimmed' | 'ahead' | 'slow' | 'denied'

/** Events between two offsets are lost to this subscription. */
export interface GapMessage {
  readonly kind: typeof Kind.gap
  readonly alias: number
  readonly reason: string
  readonly epoch: string
  /** The last offset the client had. */
  readonly from: number
  /** The offset at which the subscription stands now. */
  readonly to: number
  /** Events left out because the subscriber wants that when it is slow; nothing else follows from this gap. */
  readonly dropped?: number | undefined
}

/** The server is about to close the connection. */
export interface GoawayMessage {
  readonly kind: typeof Kind.goaway
  readonly reason: string
  /** How long to wait before connecting again, in ms. */
  readonly delayMs: number
  /** When the server closes at the latest, in ms from now. */
  readonly deadlineMs: number
}

export type Message =
  | CallMessage
  | NotifyMessage
  | ResultMessage
  | ErrorMessage
  | CancelMessage
  | ItemMessage
  | EndMessage
  | StateMessage
  | EventMessage
  | SnapshotMessage
  | AckMessage
  | CreditMessage
  | PingMessage
  | PongMessage
  | HelloMessage
  | WelcomeMessage
  | ContractMessage
  | AuthMessage
  | SubscribeMessage
  | SubscribedMessage
  | UnsubscribeMessage
  | UnsubscribedMessage
  | GapMessage
  | GoawayMessage

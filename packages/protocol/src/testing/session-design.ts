/**
 * The design of the session, without its code: a client with calls to make, a server that runs them, connections that
 * break. It is small enough that every state it can reach is looked at. Windows hold one message, so that everything
 * that can wait does; acknowledgements are sent at once.
 */
export interface Design {
  /** Calls the client makes. */
  readonly calls: number
  /** Times that a connection breaks, or a try to make one is given up. */
  readonly cuts: number
  /** Times that the server forgets everything. */
  readonly restarts: number
  /** The client may give up a try whose hello is on its way, and make another. */
  readonly givesUp: boolean
  /**
   * Hellos are numbered, and one with a lower number than the newest that its session was given to is refused: by the
   * server as they arrive, or by the client as it sends them.
   */
  readonly numbered: 'no' | 'by-server' | 'by-client'
  /** A session may end although no server restarted; its calls settle as lost then. */
  readonly mayLose: boolean
  /** One rule left out on purpose, to see that its absence is found. */
  readonly without?: Rule
}

export type Rule =
  /** A session that the server does not know begins anew: its calls are not sent again. */
  | 'unknown-session-begins-anew'
  /** Only the newest connection of a session is listened to. */
  | 'newest-connection-only'
  /** The token before the newest is good until the client has spoken on the new connection. */
  | 'old-token-until-spoken'
  /** A call that may have run is not made again. */
  | 'no-second-run'
  /** What was not acknowledged is sent again. */
  | 'resend'

export type Packet =
  | {
      readonly k: 'hello'
      readonly s: number
      readonly token: number
      readonly received: number
      readonly attempt: number
    }
  | { readonly k: 'welcome'; readonly s: number; readonly token: number; readonly received: number }
  | { readonly k: 'message'; readonly call: number }
  | { readonly k: 'ack'; readonly count: number }

/** One direction of a session at its sender. */
export interface Log {
  all: number[]
  acked: number
  sent: number
}

export interface Link {
  id: number
  toServer: Packet[]
  toClient: Packet[]
  clientGone: boolean
  serverGone: boolean
  /** The session it carries; 0 before welcome. */
  s: number
  /** The hello that is being thought about. */
  opening: { readonly found: boolean; readonly hello: Packet & { k: 'hello' } } | null
}

export interface ServerSession {
  id: number
  token: number
  previous: number
  link: number
  /** The number of the newest hello that was accepted. */
  attempt: number
  received: number[]
  running: number[]
  log: Log
}

export interface State {
  /** Per call: waiting, in a session's log, answered, or lost. */
  calls: ('new' | 'issued' | 'answered' | 'lost')[]
  runs: number[]
  client: { s: number; token: number; up: number; trying: number; attempt: number; received: number[]; log: Log }
  server: ServerSession[]
  links: Link[]
  cuts: number
  restarts: number
  lastId: number
  /** Hellos that have arrived. */
  arrivals: number
  /** What no state may have. */
  wrong: string
}

export function firstState({ calls, cuts, restarts }: Design): State {
  return {
    calls: Array.from({ length: calls }, () => 'new'),
    runs: Array.from({ length: calls }, () => 0),
    client: { s: 0, token: 0, up: 0, trying: 0, attempt: 0, received: [], log: emptyLog() },
    server: [],
    links: [],
    ...{ cuts, restarts, lastId: 0, arrivals: 0, wrong: '' },
  }
}

export function emptyLog(): Log {
  return { all: [], acked: 0, sent: 0 }
}

export function linkOf(state: State, id: number): Link | undefined {
  return state.links.find((link) => link.id === id)
}

/** An ack, or what hello and welcome say, of so many messages. */
export function acknowledge(state: State, log: Log, count: number): boolean {
  if (count >= log.acked && count <= log.sent) {
    log.acked = count
    return true
  }
  state.wrong = `${count} acknowledged, where ${log.acked} were before and ${log.sent} are sent`
  return false
}

export function isPrefix(part: readonly number[], whole: readonly number[]): boolean {
  return part.every((call, index) => call === whole[index])
}

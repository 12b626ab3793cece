import type { TransportWish } from './connection-options.ts'

/**
 * Theory of operation.
 *
 * A connection begins `open`: the opening handshake is over. It ends in `closed`: the transport is gone. In between,
 * each side sends one close frame (RFC 6455 section 7.1.2).
 *
 *   open      both sides may send messages.
 *   closing   we sent a close frame and wait for the peer's. What the peer had already sent still arrives and is
 *             delivered (section 5.5.1 forbids sending after a close, not receiving).
 *   closed by the peer's close frame, or failed by a violation, both lead to
 *   ending    our close frame is queued or sent, nothing more is read or written; the transport has to end.
 *   closed    the transport ended, or was given up on. Nothing happens any more.
 *
 * One field holds the state, one function changes it, and this table is the only place that says which changes exist.
 */
export type ConnectionState = 'open' | 'closing' | 'ending' | 'closed'

/** What can happen to a connection that changes its state. */
export type Transition =
  /** We sent a close frame. */
  | 'close-sent'
  /** The peer's close frame came. */
  | 'close-received'
  /** The peer broke a rule and our close frame says so. */
  | 'failed'
  /** The transport ended, was destroyed, or ran out of time. */
  | 'transport-ended'

const TABLE: Readonly<Record<ConnectionState, Partial<Record<Transition, ConnectionState>>>> = {
  open: {
    'close-sent': 'closing',
    'close-received': 'ending',
    failed: 'ending',
    'transport-ended': 'closed',
  },
  closing: {
    'close-received': 'ending',
    failed: 'ending',
    'transport-ended': 'closed',
  },
  ending: {
    'transport-ended': 'closed',
  },
  closed: {},
}

/** The state after a transition, or undefined when it cannot happen in this state. */
export function nextState(state: ConnectionState, transition: Transition): ConnectionState | undefined {
  return TABLE[state][transition]
}

/**
 * What a connection in this state wants of its transport.
 *
 * RFC 6455 section 7.1.1: "the server ... MUST close first; the client ... SHOULD wait for the server to close". After a
 * failure there is nothing to wait for on either side.
 * @param endsFirst a server, or whoever failed the connection
 * @param written everything up to our close frame is: it may wait behind a large message
 */
export function transportWish(state: ConnectionState, endsFirst: boolean, written: boolean): TransportWish {
  if (state === 'closed') return 'destroy'
  return state === 'ending' && endsFirst && written ? 'end' : 'keep'
}

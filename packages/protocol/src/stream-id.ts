import { type CreditMessage, type EndMessage, type ItemMessage, Kind } from './message.ts'

/**
 * Whether there ever was a call that such a message may be of. The flag says which of the two directions of ids it
 * belongs to: ours, up to `nextId`, or the peer's, up to `lastPeerId`.
 */
export function isOfCall(
  { id, fromCallee, kind }: ItemMessage | EndMessage | CreditMessage,
  nextId: number,
  lastPeerId: number,
): boolean {
  // Ids begin at 1; only credit has a 0, for the whole connection, which is neither caller nor callee.
  if (id === 0 && (kind !== Kind.credit || fromCallee === true)) return false
  return fromCallee === true ? id < nextId : id <= lastPeerId
}

/**
 * What a connection tells its owner. An exception thrown here ends the connection with 1011 and comes out of the call
 * that led to it (`receive`, `close` …).
 */
export interface ConnectionEvents {
  /**
   * A message. The bytes are borrowed: copy what must outlive the call. Text is already validated.
   */
  message(bytes: Uint8Array, start: number, end: number, isText: boolean): void
  /** A ping came; it is answered without the owner's help. Borrowed bytes. */
  ping?(bytes: Uint8Array, start: number, end: number): void
  /** A pong came, asked for or not. Borrowed bytes. */
  pong?(bytes: Uint8Array, start: number, end: number): void
  /** After a 'full', the queue is below half of the high water again. */
  drain?(): void
  /**
   * An extension has finished a large message: there may be something to take, and `wantsInput` may be true again. Only
   * connections with an extension that answers late tell this.
   */
  output?(): void
  /** The peer's close frame came; nothing will be sent any more. Code 1005 when it had none. */
  closing?(code: number, reason: string): void
  /**
   * We gave the connection up, because the peer broke a rule or a limit: this code and reason are in our close frame,
   * which waits to be taken. It may come out of any call, also one to another connection with the same budget.
   */
  failed?(code: number, reason: string): void
  /**
   * The connection is over; called exactly once. The code and reason are the peer's, or those of the violation that
   * ended it, or 1006. `clean` when both close frames were exchanged.
   */
  closed(code: number, reason: string, clean: boolean): void
}

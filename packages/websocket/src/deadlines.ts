const NEVER = Number.POSITIVE_INFINITY

/**
 * The times at which a connection has to do something by itself, in the unit and origin of the injected clock.
 *
 * "Never" is kept as undefined: the engine gives every field that holds a fraction or Infinity a box of 16 bytes, which
 * an idle connection shall not pay for.
 */
export class Deadlines {
  #message: number | undefined
  #close: number | undefined

  /** When the open message must be finished, or Infinity. */
  get message(): number {
    return this.#message ?? NEVER
  }

  set message(at: number) {
    this.#message = at === NEVER ? undefined : at
  }

  /** When the closing handshake, or after it the transport, must have ended, or Infinity. */
  get close(): number {
    return this.#close ?? NEVER
  }

  set close(at: number) {
    this.#close = at === NEVER ? undefined : at
  }

  /** The earliest, or Infinity. */
  get next(): number {
    return Math.min(this.message, this.close)
  }

  clear(): void {
    this.#message = undefined
    this.#close = undefined
  }
}

/** The times at which a connection has to do something by itself, in the unit and origin of the injected clock. */
export class Deadlines {
  /** When the open message must be finished. */
  message = Number.POSITIVE_INFINITY
  /** When the closing handshake, or after it the transport, must have ended. */
  close = Number.POSITIVE_INFINITY

  /** The earliest, or Infinity. */
  get next(): number {
    return Math.min(this.message, this.close)
  }

  clear(): void {
    this.message = Number.POSITIVE_INFINITY
    this.close = Number.POSITIVE_INFINITY
  }
}

import type { ConnectionLimits } from './limits.ts'

const NEVER = Number.POSITIVE_INFINITY

/**
 * The times at which a connection has to do something by itself, in the unit and origin of the injected clock.
 *
 * A close frame waits behind what was queued before it, and a slow peer cannot answer what it has not got. So the time of
 * a close begins anew whenever some of that has left: only a peer that takes nothing at all runs out of it.
 *
 * "Never" is kept as undefined: the engine gives every field that holds a fraction or Infinity a box of 16 bytes, which
 * an idle connection shall not pay for.
 */
export class Deadlines {
  readonly #limits: ConnectionLimits
  #openMessage = 0
  #message: number | undefined
  #close: number | undefined
  /** Bytes up to our close frame that have not left; undefined while nothing depends on them. */
  #unsent: number | undefined
  /** Both close frames are known: what is waited for once ours has left is the end of the transport. */
  #ending = false

  constructor(limits: ConnectionLimits) {
    this.#limits = limits
  }

  /** When the open message must be finished, or Infinity. */
  get message(): number {
    return this.#message ?? NEVER
  }

  /** When the closing handshake, or after it the transport, must have ended, or Infinity. */
  get close(): number {
    return this.#close ?? NEVER
  }

  /** The earliest, or Infinity. */
  get next(): number {
    return Math.min(this.message, this.close)
  }

  /** Something was read. The time of a message begins with its first byte, whatever comes of it later. */
  noteMessage(openMessage: number, now: () => number): void {
    if (openMessage === this.#openMessage) return
    this.#openMessage = openMessage
    this.#message = openMessage === 0 ? undefined : now() + this.#limits.messageTimeoutMs
  }

  /** Our close frame is the last of so many bytes; the peer has to answer it. */
  noteClosing(unsent: number, now: number): void {
    this.#unsent = unsent
    this.#close = now + this.#limits.closeTimeoutMs
  }

  /** Both close frames are known. */
  noteEnding(unsent: number, now: number): void {
    this.clear()
    this.#ending = true
    this.#unsent = unsent
    this.#close = now + (unsent > 0 ? this.#limits.closeTimeoutMs : this.#limits.lingerMs)
  }

  /** The connection failed: whoever broke a rule is not waited for, however much it has not read. */
  noteFailed(now: number): void {
    this.clear()
    this.#close = now + this.#limits.lingerMs
  }

  /** So much is left of what was to be sent. */
  noteUnsent(unsent: number, now: () => number): void {
    if (this.#unsent === undefined || unsent === this.#unsent) return
    this.#unsent = unsent
    const { closeTimeoutMs, lingerMs } = this.#limits
    this.#close = now() + (this.#ending && unsent === 0 ? lingerMs : closeTimeoutMs)
  }

  clear(): void {
    this.#message = undefined
    this.#close = undefined
    this.#unsent = undefined
  }
}

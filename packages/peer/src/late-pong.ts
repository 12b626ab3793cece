import { type Channel, Kind, type Session } from '@wirepact/protocol'
import type { Clock } from './clock.ts'
import type { TokenBucket } from './token-bucket.ts'

/**
 * The answer to the latest ping that came too soon. It must come some time: its client may wait for it to know that the
 * connection lives. "Of pings the latest is enough", so there is never more than one.
 */
export class LatePong {
  readonly #clock: Clock
  readonly #bucket: TokenBucket
  readonly #session: Session
  #nonce = 0
  #channel: Channel | undefined
  #waiting = false

  constructor(clock: Clock, bucket: TokenBucket, session: Session) {
    this.#clock = clock
    this.#bucket = bucket
    this.#session = session
  }

  get waiting(): boolean {
    return this.#waiting
  }

  /** This one is the latest now. */
  owe(nonce: number): void {
    this.#nonce = nonce
    this.#channel = this.#session.channel
    if (this.#waiting) return
    this.#waiting = true
    // Not called off when the session ends: it is a matter of ms, and says nothing where nobody listens.
    this.#clock.schedule(this.#bucket.waitMs(1), () => {
      this.#waiting = false
      this.#bucket.spend(1)
      // Another connection has its own questions.
      if (this.#channel === undefined || this.#channel !== this.#session.channel) return
      this.#session.control({ kind: Kind.pong, nonce: this.#nonce })
    })
  }
}

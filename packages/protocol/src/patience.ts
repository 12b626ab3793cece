import type { Channel } from './channel.ts'
import type { SendLog } from './send-log.ts'

/** How long a peer may leave a full window unacknowledged once as much again waits behind it, in ms. */
const noProgressMs = 10_000

/** What to do about what a peer has not acknowledged. */
export type Verdict = 'wait' | 'ask' | 'give-up'

/**
 * How long a session bears with a peer that does not acknowledge what it is sent.
 *
 * While attached, what does not fit into the window waits behind it. A peer that lets that grow as large again and has
 * acknowledged nothing for a while does not read. While detached there is nobody to wait for.
 */
export class Patience {
  /** When the peer last acknowledged something, or was last asked to. */
  #progressAt = 0
  /** The channel that was asked for an ack and has not brought one yet. */
  #asked: Channel | undefined

  /** The peer has acknowledged something. */
  progress(now: number): void {
    this.#asked = undefined
    this.#progressAt = now
  }

  judge(log: SendLog, channel: Channel | undefined, now: number): Verdict {
    if (channel === undefined) return log.excessive ? 'give-up' : 'wait'
    // The peer acknowledges by its own window, which may be larger than ours, so it is asked: once per channel.
    if (log.filling && this.#asked !== channel) {
      this.#asked = channel
      this.#progressAt = now
      return 'ask'
    }
    if (!log.hopeless) return 'wait'
    return log.absurd || now - this.#progressAt >= noProgressMs ? 'give-up' : 'wait'
  }
}

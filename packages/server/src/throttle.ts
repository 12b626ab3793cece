import { bucketOf, type Clock, type TokenBucket } from '@wirepact/peer'
import { type Channel, closeCode } from '@wirepact/protocol'
import type { Limits } from './limits.ts'

// Theory of operation
//
// What has arrived is read, and counted. Above the rate the channel is not read for as long as it takes to get even, so
// that the sender feels it: one that merely is fast is slowed down and notices nothing else. One that is above its rate
// for `patienceMs` on end does not hold back when it is made to wait, and one that owes as much as its burst cannot be
// made to wait (its channel has no brake): both are closed with 4429.

export interface ThrottleOptions {
  readonly clock: Clock
  readonly channel: Channel
  readonly limits: Limits
  /** Messages beside the rate: those that the resume of a session sends again. */
  readonly resent: number
}

/** Holds one channel to its messages and bytes per second. */
export class Throttle {
  readonly #options: ThrottleOptions
  readonly #messages: TokenBucket | undefined
  readonly #bytes: TokenBucket | undefined
  #resent: number
  #paused = false
  #closed = false
  /** Since when it has been above its rate without a pause for breath. */
  #since: number | undefined

  constructor(options: ThrottleOptions) {
    const { clock, limits, resent } = options
    this.#options = options
    this.#resent = resent
    this.#messages = bucketOf(clock, limits.messagesPerSecond)
    this.#bytes = bucketOf(clock, limits.bytesPerSecond)
  }

  /** Whether anything is limited at all. */
  static limits({ messagesPerSecond, bytesPerSecond }: Limits): boolean {
    return messagesPerSecond > 0 || bytesPerSecond > 0
  }

  /** Counts one message. False: the channel is being closed for it, and it must not be acted on. */
  admit(bytes: number): boolean {
    if (this.#closed) return false
    const messagesLeft = this.#resent > 0 ? this.#resent-- : (this.#messages?.spend(1) ?? 0)
    const bytesLeft = this.#bytes?.spend(bytes) ?? 0
    if (messagesLeft >= 0 && bytesLeft >= 0) {
      // Even, and with something in hand: whatever comes now is another matter.
      if (this.#since !== undefined && this.#hasRoom) this.#since = undefined
      return true
    }
    const { limits } = this.#options
    const wait = Math.max(waitOf(this.#messages), waitOf(this.#bytes))
    const what =
      messagesLeft < 0
        ? `${limits.messagesPerSecond} messages per second (messagesPerSecond)`
        : `${limits.bytesPerSecond} bytes per second (bytesPerSecond)`
    return this.#slowDown(wait, what)
  }

  get #hasRoom(): boolean {
    const { messagesPerSecond, bytesPerSecond } = this.#options.limits
    const messages = this.#messages === undefined || this.#messages.tokens >= messagesPerSecond / 5
    return messages && (this.#bytes === undefined || this.#bytes.tokens >= bytesPerSecond / 5)
  }

  #slowDown(wait: number, what: string): boolean {
    const { channel, clock } = this.#options
    const now = clock.now()
    this.#since ??= now
    // A debt of a whole burst takes two seconds to pay; with a brake, what was read already may be more than that.
    if (now - this.#since > patienceMs || wait > (channel.pause === undefined ? longestWaitMs : patienceMs)) {
      this.#closed = true
      channel.close(closeCode.tooMany, `more than ${what}`)
      return false
    }
    if (this.#paused || channel.pause === undefined) return true
    this.#paused = true
    channel.pause()
    clock.schedule(wait, () => {
      this.#paused = false
      channel.resume?.()
    })
    return true
  }
}

/** How long until the bucket is not in debt. */
function waitOf(bucket: TokenBucket | undefined): number {
  return bucket?.waitMs(0) ?? 0
}

const patienceMs = 10_000
const longestWaitMs = 2_000

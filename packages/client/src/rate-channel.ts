import { type Clock, TokenBucket } from '@wirepact/peer'
import type { Channel, LimitTable, Outgoing } from '@wirepact/protocol'

/** The channel as it is, or one that keeps to what the server accepts per second. */
export function withinRates(channel: Channel, limits: LimitTable, clock: Clock): Channel {
  const { messagesPerSecond = 0, bytesPerSecond = 0 } = limits
  if (messagesPerSecond === 0 && bytesPerSecond === 0) return channel
  const bucket = (perSecond: number) =>
    perSecond === 0 ? undefined : new TokenBucket(clock, perSecond * share, Math.max(1, perSecond * 2 * share))
  return new RateChannel(channel, clock, bucket(messagesPerSecond), bucket(bytesPerSecond))
}

/** A little less than allowed: on the way, messages that left one after the other may arrive at once. */
const share = 0.9

/** Lets messages leave no faster than the server reads them, in their order: it closes a connection that is faster. */
class RateChannel implements Channel {
  readonly #channel: Channel
  readonly #clock: Clock
  readonly #messages: TokenBucket | undefined
  readonly #bytes: TokenBucket | undefined
  #held: Outgoing[] = []
  #heldBytes = 0
  /** More left than should have: what comes now is held until that is made up for. */
  #owes = false

  constructor(channel: Channel, clock: Clock, messages: TokenBucket | undefined, bytes: TokenBucket | undefined) {
    this.#channel = channel
    this.#clock = clock
    this.#messages = messages
    this.#bytes = bytes
  }

  get bufferedBytes(): number {
    return this.#channel.bufferedBytes + this.#heldBytes
  }

  /** More than leave in a step or two: a call made now should not wait behind many items of a stream. */
  get crowded(): boolean {
    return this.#held.length >= crowd
  }

  send(message: Outgoing, lasts?: boolean): void {
    if (!this.#owes) return this.#pass(message, lasts)
    // What is borrowed may be overwritten before it leaves.
    const kept =
      typeof message === 'string'
        ? message
        : { bytes: message.bytes.slice(message.start, message.end), start: 0, end: message.end - message.start }
    this.#heldBytes += lengthOf(kept)
    this.#held.push(kept)
  }

  close(code: number, reason: string): void {
    for (const message of this.#held.splice(0)) this.#channel.send(message)
    this.#heldBytes = 0
    this.#channel.close(code, reason)
  }

  terminate(): void {
    this.#held = []
    this.#channel.terminate()
  }

  #pass(message: Outgoing, lasts?: boolean): void {
    this.#channel.send(message, lasts)
    const messages = this.#messages?.spend(1) ?? 0
    const bytes = this.#bytes?.spend(lengthOf(message)) ?? 0
    if (messages >= 0 && bytes >= 0) return
    this.#owes = true
    const waitMs = Math.max(this.#messages?.waitMs(0) ?? 0, this.#bytes?.waitMs(0) ?? 0)
    // At least so long that a few leave at a time.
    this.#clock.schedule(Math.max(stepMs, waitMs), () => this.#release())
  }

  #release(): void {
    this.#owes = false
    let count = 0
    while (count < this.#held.length && !this.#owes) {
      const message = this.#held[count++] as Outgoing
      this.#heldBytes -= lengthOf(message)
      this.#pass(message)
    }
    this.#held.splice(0, count)
  }
}

function lengthOf(message: Outgoing): number {
  return typeof message === 'string' ? message.length : message.end - message.start
}

const stepMs = 5
/** About what leaves in a step or two at 5,000 messages per second. */
const crowd = 32

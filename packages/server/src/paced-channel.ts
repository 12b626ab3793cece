import type { Clock } from '@wirepact/peer'
import { type Channel, closeCode, type Outgoing, sizeOf } from '@wirepact/protocol'
import type { Shared } from './server-core.ts'

export interface PacedChannelOptions {
  readonly channel: Channel
  readonly clock: Clock
  /** Bytes waiting to leave above which it is watched whether the peer takes any. */
  readonly highWaterBytes: number
  /** How long it may take none, in ms. */
  readonly noProgressMs: number
  /** What may be held back for a session that has no window of its own; 0 for one that has. */
  readonly holdBytes: number
  /** The peer takes nothing, or more was held back than may be. */
  readonly stalled: (because: string) => void
}

// Theory of operation
//
// A peer that does not read lets the queue stand above the high water. From when it is first seen there, it is looked
// at ten times in `noProgressMs`: bytes that left since the last look, or since the last message was added, are progress.
// Ten looks in a row without any mean that the peer takes nothing. Looks are counted, not time: a process that was
// stopped for a while looks once when it goes on, and must not take its own absence for the peer's.
//
// A session that acknowledges holds back what its peer has not by itself. For one that does not, what would wait in
// the channel above the high water is held here, so that a burst of answers is not what closes the connection.

/** A server's end of a channel, which learns when the other end has stopped to read. */
export class PacedChannel implements Channel {
  readonly #options: PacedChannelOptions
  readonly #channel: Channel
  #held: Outgoing[] = []
  #heldBytes = 0
  /** Bytes that waited after the last message was added; fewer now are progress. */
  #level = 0
  #looks = 0
  #stopTimer: (() => void) | undefined
  #over = false

  constructor(options: PacedChannelOptions) {
    this.#options = options
    this.#channel = options.channel
  }

  get bufferedBytes(): number {
    return this.#channel.bufferedBytes + this.#heldBytes
  }

  send(message: Outgoing, lasts?: boolean): void {
    const { highWaterBytes, holdBytes } = this.#options
    if (this.#over) return
    if (holdBytes > 0 && (this.#held.length > 0 || this.#channel.bufferedBytes > highWaterBytes)) this.#hold(message)
    else this.#pass(message, lasts)
  }

  /** The channel has room again. */
  drained(): void {
    const held = this.#held
    let count = 0
    while (count < held.length && this.#channel.bufferedBytes <= this.#options.highWaterBytes) {
      const message = held[count++] as Outgoing
      this.#heldBytes -= sizeOf(message)
      this.#pass(message)
    }
    if (count > 0) this.#held = held.slice(count)
  }

  close(code: number, reason: string): void {
    for (const message of this.#held) this.#pass(message)
    this.#stop()
    this.#channel.close(code, reason)
  }

  terminate(): void {
    this.#stop()
    this.#channel.terminate()
  }

  /** The channel is gone, or carries the session no more. */
  leave(): void {
    this.#stop()
  }

  #pass(message: Outgoing, lasts?: boolean): void {
    const channel = this.#channel
    if (this.#stopTimer === undefined) {
      channel.send(message, lasts)
      if (channel.bufferedBytes > this.#options.highWaterBytes) this.#watch()
      return
    }
    if (channel.bufferedBytes < this.#level) this.#looks = -1
    channel.send(message, lasts)
    this.#level = channel.bufferedBytes
  }

  // What is borrowed is copied: it will be overwritten.
  #hold(message: Outgoing): void {
    const size = sizeOf(message)
    this.#held.push(
      typeof message === 'string'
        ? message
        : { bytes: message.bytes.slice(message.start, message.end), start: 0, end: size },
    )
    this.#heldBytes += size
    const { holdBytes } = this.#options
    if (this.#heldBytes > holdBytes) this.#options.stalled(`more than ${holdBytes} bytes wait for it`)
  }

  #watch(): void {
    this.#looks = 0
    this.#level = this.#channel.bufferedBytes
    this.#look()
  }

  #look(): void {
    this.#stopTimer = this.#options.clock.schedule(this.#options.noProgressMs / looks, () => this.#looked())
  }

  #looked(): void {
    const { bufferedBytes } = this.#channel
    const { highWaterBytes, noProgressMs, stalled } = this.#options
    this.#stopTimer = undefined
    if (bufferedBytes <= highWaterBytes) return
    this.#looks = bufferedBytes < this.#level ? 0 : this.#looks + 1
    this.#level = bufferedBytes
    if (this.#looks >= looks) stalled(`it took nothing for ${noProgressMs} ms`)
    else this.#look()
  }

  #stop(): void {
    this.#over = true
    this.#held = []
    this.#heldBytes = 0
    this.#stopTimer?.()
    this.#stopTimer = undefined
  }
}

const looks = 10

/** Watches over a channel as the server's limits say, and closes it with 4460. */
export function pace(channel: Channel, { clock, incidents, limits }: Shared, resumable: boolean): PacedChannel {
  const { highWaterBytes, noProgressMs, resendBytes } = limits
  return new PacedChannel({
    ...{ channel, clock, highWaterBytes, noProgressMs, holdBytes: resumable ? 0 : 16 * resendBytes },
    stalled: (because) => {
      incidents.report('protocol-violation', `close ${closeCode.slowConsumer}`, new Error(because))
      // Whoever does not read will not read a close frame either.
      channel.close(closeCode.slowConsumer, because)
      channel.terminate()
    },
  })
}

import type { Clock, Incidents } from '@wirepact/peer'
import { type Channel, closeCode, type Outgoing, type Run, sizeOf } from '@wirepact/protocol'
import type { Limits } from './limits.ts'

/** What all paced channels of a server share. */
export interface Pacing {
  readonly clock: Clock
  readonly incidents: Pick<Incidents, 'report'>
  /**
   * `highWaterBytes`: bytes waiting to leave above which it is watched whether the peer takes any; `noProgressMs`: how long
   * it may take none.
   */
  readonly limits: Pick<Limits, 'highWaterBytes' | 'noProgressMs'>
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

/** A server's end of a channel, which learns when the other end has stopped to read, and closes with 4460 then. */
export class PacedChannel implements Channel {
  readonly #pacing: Pacing
  readonly #channel: Channel
  readonly #holdBytes: number
  /** Undefined while nothing is held, which is nearly always. */
  #held: Outgoing[] | undefined
  #heldBytes = 0
  /** Bytes that waited after the last message was added; fewer now are progress. */
  #level = 0
  #looks = 0
  #stopTimer: (() => void) | undefined
  #over = false

  /** @param holdBytes what may be held back for a session that has no window of its own; 0 for one that has */
  constructor(channel: Channel, pacing: Pacing, holdBytes: number) {
    this.#channel = channel
    this.#pacing = pacing
    this.#holdBytes = holdBytes
  }

  get bufferedBytes(): number {
    return this.#channel.bufferedBytes + this.#heldBytes
  }

  get batches(): boolean {
    return this.#channel.batches === true
  }

  send(message: Outgoing, lasts?: boolean): void {
    if (this.#over) return
    const holds = this.#holdBytes > 0 && (this.#held !== undefined || this.#isHigh())
    if (holds) this.#hold(message)
    else this.#pass(message, lasts)
  }

  sendAll(run: Run): void {
    const channel = this.#channel
    if (channel.sendAll === undefined || this.#holdBytes > 0 || this.#stopTimer !== undefined) {
      for (let index = 0; index < run.count; index++) this.send(run.message(index))
    } else if (!this.#over) {
      channel.sendAll(run)
      if (this.#isHigh()) this.#watch()
    }
  }

  /** The channel has room again. */
  drained(): void {
    const held = this.#held
    if (held === undefined) return
    let count = 0
    while (count < held.length && !this.#isHigh()) {
      const message = held[count++] as Outgoing
      this.#heldBytes -= sizeOf(message)
      this.#pass(message)
    }
    if (count > 0) this.#held = count === held.length ? undefined : held.slice(count)
  }

  close(code: number, reason: string): void {
    for (const message of this.#held ?? []) this.#pass(message)
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
      if (this.#isHigh()) this.#watch()
      return
    }
    if (channel.bufferedBytes < this.#level) this.#looks = -1
    channel.send(message, lasts)
    this.#level = channel.bufferedBytes
  }

  // What is borrowed is copied: it will be overwritten.
  #hold(message: Outgoing): void {
    const size = sizeOf(message)
    this.#held ??= []
    this.#held.push(
      typeof message === 'string'
        ? message
        : { bytes: message.bytes.slice(message.start, message.end), start: 0, end: size },
    )
    this.#heldBytes += size
    if (this.#heldBytes > this.#holdBytes) this.#stalled(`more than ${this.#holdBytes} bytes wait for it`)
  }

  #watch(): void {
    this.#looks = 0
    this.#level = this.#channel.bufferedBytes
    this.#look()
  }

  #look(): void {
    const { clock, limits } = this.#pacing
    this.#stopTimer = clock.schedule(limits.noProgressMs / looks, () => this.#looked())
  }

  #looked(): void {
    const { bufferedBytes } = this.#channel
    this.#stopTimer = undefined
    if (!this.#isHigh()) return
    this.#looks = bufferedBytes < this.#level ? 0 : this.#looks + 1
    this.#level = bufferedBytes
    if (this.#looks >= looks) this.#stalled(`it took nothing for ${this.#pacing.limits.noProgressMs} ms`)
    else this.#look()
  }

  #isHigh(): boolean {
    return this.#channel.bufferedBytes > this.#pacing.limits.highWaterBytes
  }

  // Whoever does not read will not read a close frame either.
  #stalled(because: string): void {
    this.#pacing.incidents.report('protocol-violation', `close ${closeCode.slowConsumer}`, new Error(because))
    this.#channel.close(closeCode.slowConsumer, because)
    this.#channel.terminate()
  }

  #stop(): void {
    this.#over = true
    this.#held = undefined
    this.#heldBytes = 0
    this.#stopTimer?.()
    this.#stopTimer = undefined
  }
}

const looks = 10

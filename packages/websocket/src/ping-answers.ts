import { FIN, PONG } from './frame.ts'
import type { Sender } from './sender.ts'

/** Pongs written between two flushes before only the latest ping is answered. */
const PONGS_PER_FLUSH = 16

/**
 * Answers pings, within bounds.
 *
 * RFC 6455 section 5.5.2: "Upon receipt of a Ping frame, an endpoint MUST send a Pong frame in response". Section 5.5.3:
 * an endpoint that has not yet answered earlier pings "MAY elect to send a Pong frame for only the most recently
 * processed Ping frame". So a few are answered one by one, and of a flood only the latest: a peer that sends pings and
 * reads nothing makes us hold 17 pongs at most, because nothing is flushed while the transport is full.
 */
export class PingAnswers {
  readonly #sender: Sender
  #sinceFlush = 0
  #latest: Uint8Array | undefined

  constructor(sender: Sender) {
    this.#sender = sender
  }

  /** Bytes of the pong that is owed but not written yet. */
  get owedBytes(): number {
    return this.#latest === undefined ? 0 : this.#latest.length + 2
  }

  answer(bytes: Uint8Array, start: number, end: number): void {
    if (this.#sinceFlush < PONGS_PER_FLUSH) {
      this.#sinceFlush++
      this.#sender.frame(FIN | PONG, bytes, start, end, false)
    } else {
      // Not `slice`: on a Node.js Buffer that would keep the whole chunk.
      this.#latest = new Uint8Array(end - start)
      this.#latest.set(bytes.subarray(start, end))
    }
  }

  /** Write the pong that is owed; the output is about to be taken. */
  flush(): void {
    this.#sinceFlush = 0
    const ping = this.#latest
    if (ping === undefined) return
    this.#latest = undefined
    this.#sender.frame(FIN | PONG, ping, 0, ping.length, false)
  }

  forget(): void {
    this.#latest = undefined
  }
}

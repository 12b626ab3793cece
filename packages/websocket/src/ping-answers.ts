import { FIN, PONG } from './frame.ts'
import type { Sender } from './sender.ts'

/** Pongs that may be written at once, and between two flushes, before only the latest ping is answered. */
const PONGS_AT_ONCE = 16

/**
 * Answers pings, within bounds.
 *
 * RFC 6455 section 5.5.2: "Upon receipt of a Ping frame, an endpoint MUST send a Pong frame in response". Section 5.5.3:
 * an endpoint that has not yet answered earlier pings "MAY elect to send a Pong frame for only the most recently
 * processed Ping frame". So a few are answered one by one, and of a flood only the latest, at a steady rate: a peer
 * that sends pings and reads nothing makes us hold 17 pongs at most, because nothing is flushed while the transport is
 * full, and one that does read cannot make us write more than so many in a second.
 */
export class PingAnswers {
  readonly #sender: Sender
  readonly #everyMs: number
  #sinceFlush = 0
  /** How many may be written now; grows by one in `#everyMs`. */
  #allowed = PONGS_AT_ONCE
  #allowedAt: number
  #latest: Uint8Array | undefined

  constructor(sender: Sender, pongsPerSecond: number, now: number) {
    this.#sender = sender
    this.#everyMs = 1000 / pongsPerSecond
    this.#allowedAt = now
  }

  /** Bytes of the pong that is owed but not written yet. */
  get owedBytes(): number {
    return this.#latest === undefined ? 0 : this.#latest.length + 2
  }

  /** When the pong that is owed may be written; Infinity when none is, or the next flush will write it. */
  get deadline(): number {
    if (this.#latest === undefined || this.#allowed >= 1) return Number.POSITIVE_INFINITY
    return this.#allowedAt + this.#everyMs
  }

  answer(bytes: Uint8Array, start: number, end: number, now: number): void {
    this.#allow(now)
    if (this.#sinceFlush < PONGS_AT_ONCE && this.#allowed >= 1) {
      this.#write(bytes, start, end)
      return
    }
    // Not `slice`: on a Node.js Buffer that would keep the whole chunk.
    this.#latest = new Uint8Array(end - start)
    this.#latest.set(bytes.subarray(start, end))
  }

  /** Time has come: the pong that is owed may go with the next flush. */
  allow(now: number): void {
    this.#allow(now)
  }

  /** Write the pong that is owed; the output is about to be taken, or (`anyway`) a close frame about to be written. */
  flush(anyway: boolean): void {
    this.#sinceFlush = 0
    const ping = this.#latest
    if (ping === undefined || (this.#allowed < 1 && !anyway)) return
    this.#write(ping, 0, ping.length)
  }

  forget(): void {
    this.#latest = undefined
  }

  #write(bytes: Uint8Array, start: number, end: number): void {
    // An older ping than this one need not be answered any more.
    this.#latest = undefined
    this.#sinceFlush++
    this.#allowed--
    this.#sender.frame(FIN | PONG, bytes, start, end, false)
  }

  #allow(now: number): void {
    const more = Math.floor((now - this.#allowedAt) / this.#everyMs)
    if (more < 1) return
    this.#allowed = Math.min(PONGS_AT_ONCE, this.#allowed + more)
    this.#allowedAt += more * this.#everyMs
  }
}

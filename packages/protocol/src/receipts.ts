import type { ResendWindow } from './send-log.ts'

/** The most that a peer may wait for an ack (PROTOCOL.md, "Acknowledging"), whatever the window. */
const latest: ResendWindow = { messages: 1_024, bytes: 1_048_576 }

/**
 * Counts the reliable messages that come in, and says when the peer is due to hear of them.
 *
 * That is once a quarter of the window has come since the last time, long before the peer, who keeps what is not
 * acknowledged, would have to stop; and often enough that what it keeps stays in its processor's cache.
 */
export class Receipts {
  /** Reliable messages received since the session began. */
  received = 0
  #told = 0
  #bytes = 0
  readonly #dueMessages: number
  readonly #dueBytes: number

  constructor(window: ResendWindow) {
    this.#dueMessages = Math.min(window.messages / 4, latest.messages)
    this.#dueBytes = Math.min(window.bytes / 4, latest.bytes)
  }

  /** True when there is nothing that the peer has not been told. */
  get told(): boolean {
    return this.received === this.#told
  }

  /** A message of any kind came. */
  see(size: number): void {
    this.#bytes += size
  }

  /** It is a reliable one. True when the peer is to be told. */
  count(): boolean {
    this.received++
    return this.received - this.#told >= this.#dueMessages || this.#bytes >= this.#dueBytes
  }

  /** The peer is being told, now. */
  tell(): void {
    this.#told = this.received
    this.#bytes = 0
  }
}

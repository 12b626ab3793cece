import type { ConnectionLimits } from './limits.ts'
import type { BudgetShare } from './memory-budget.ts'
import type { OutputBuffer } from './output-buffer.ts'
import type { Sender } from './sender.ts'

/**
 * What became of a send: 'ok'; 'full' (queued, but wait for `drain`); 'refused' (not queued: the connection is closing,
 * or the queue is at its hard limit, in which case `drain` comes too).
 */
export type SendResult = 'ok' | 'full' | 'refused'

/**
 * How much is on its way out, and what that means for the next message.
 *
 * Only messages and pings of the program are asked for: close frames and pongs are always written, so that a queue at
 * its hard limit never keeps a connection from being closed in order.
 */
export class SendQueue {
  readonly #output: OutputBuffer
  readonly #sender: Sender
  readonly #limits: ConnectionLimits
  readonly #share: BudgetShare | undefined
  #backlog = 0
  #full = false

  constructor(output: OutputBuffer, sender: Sender, limits: ConnectionLimits, share: BudgetShare | undefined) {
    this.#output = output
    this.#sender = sender
    this.#limits = limits
    this.#share = share
  }

  /** Bytes not sent yet: waiting here, in the extension, and in the transport as far as it told. */
  get bufferedBytes(): number {
    return this.#output.pendingBytes + this.#sender.heldBytes + this.#backlog
  }

  /** A sender was told to wait. */
  get full(): boolean {
    return this.#full
  }

  /** Bytes the transport has taken but not sent. */
  get backlog(): number {
    return this.#backlog
  }

  /** May a message of this size be queued? An empty queue takes any: a limit below one message must not stop it for ever. */
  admits(size: number): boolean {
    const buffered = this.bufferedBytes
    const fits = buffered === 0 || buffered + size <= this.#limits.bufferBytes
    if (fits && (this.#share === undefined || this.#share.admits(size))) return true
    // Who is refused waits for `drain`. With nothing buffered there is nothing that could drain.
    if (buffered > 0) this.#full = true
    return false
  }

  /** What to tell whoever has just queued a message. */
  level(): SendResult {
    if (this.bufferedBytes < this.#limits.highWaterBytes) return 'ok'
    this.#full = true
    return 'full'
  }

  /** @returns true when a sender waits and may go on */
  noteBacklog(bytes: number): boolean {
    this.#backlog = bytes
    if (!this.#full || this.bufferedBytes * 2 > this.#limits.highWaterBytes) return false
    this.#full = false
    return true
  }

  /** The transport is gone, and everything with it. */
  clear(): void {
    this.#output.clear()
    this.#backlog = 0
    this.#full = false
  }
}

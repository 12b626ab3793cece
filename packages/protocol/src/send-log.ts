import { type Channel, type Outgoing, sizeOf } from './channel.ts'

/** How much a session may hold for a peer that has not acknowledged it. */
export interface ResendWindow {
  /** Bytes. @default 4 MiB (`public`), 32 MiB (`trusted`) */
  readonly bytes: number
  /** Messages. @default 4,096 (`public`), 65,536 (`trusted`) */
  readonly messages: number
}

/**
 * The reliable messages of one direction, from the oldest that the peer has not acknowledged to the newest.
 *
 * Three counts, all since the session began, say everything: `acked ≤ sent ≤ appended`. What lies between `acked` and
 * `sent` is in flight and is sent again on a new connection; what lies between `sent` and `appended` waits, because
 * the window is full or nobody is connected. Sequence numbers are these counts: none travels with a message.
 *
 * Bytes are copied once into slabs, so a message costs no object of its own; a slab is let go when all of it is
 * acknowledged, and an idle session holds none.
 */
export class SendLog {
  /** Messages the peer said it received. */
  acked = 0
  /** Messages handed to a connection at least once in its present generation. */
  sent = 0
  /** Messages handed to any connection at least once: what the peer may have seen. */
  reached = 0
  /** Messages ever added. */
  appended = 0
  /** Bytes held: from `acked` to `appended`. */
  heldBytes = 0
  readonly #window: ResendWindow
  readonly #slabs: Slab[] = []
  #inFlightBytes = 0

  constructor(window: ResendWindow) {
    this.#window = window
  }

  /** True when what is in flight fills the window, so that nothing more may be written before an ack. */
  get full(): boolean {
    return this.sent - this.acked >= this.#window.messages || this.#inFlightBytes >= this.#window.bytes
  }

  /** True when half the window is in flight: time to ask for an ack, so that it comes before the window is full. */
  get filling(): boolean {
    const { bytes, messages } = this.#window
    return (this.sent - this.acked) * 2 >= messages || this.#inFlightBytes * 2 >= bytes
  }

  /** True when what is held, sent or not, fills the window. */
  get excessive(): boolean {
    return this.heldBytes > this.#window.bytes || this.appended - this.acked > this.#window.messages
  }

  /** True when more waits behind a full window than fits into it. One message that is larger is none of that: it left. */
  get hopeless(): boolean {
    const { bytes, messages } = this.#window
    return this.heldBytes - this.#inFlightBytes > bytes || this.appended - this.sent > messages
  }

  /** True beyond any patience: sixteen windows. */
  get absurd(): boolean {
    return this.heldBytes > 16 * this.#window.bytes || this.appended - this.acked > 16 * this.#window.messages
  }

  /**
   * Adds a message and, when nothing waits before it and the window allows, sends it at once. True when half the window
   * or more is held now: what is below needs no look at the other measures.
   */
  push(message: Outgoing, channel: Channel | undefined): boolean {
    const direct = channel !== undefined && this.sent === this.appended && !this.full
    const size = this.#append(message)
    if (direct) {
      this.#inFlightBytes += size
      this.#markSent()
      channel.send(message)
    }
    const { bytes, messages } = this.#window
    return (this.appended - this.acked) * 2 >= messages || this.heldBytes * 2 >= bytes
  }

  /**
   * The peer has received `count` messages since the session began.
   * Returns false, and changes nothing, for a count below an earlier one or above what was sent: a violation.
   */
  acknowledge(count: number): boolean {
    if (count < this.acked || count > this.sent) return false
    while (this.acked < count) {
      const slab = this.#slabs[0] as Slab
      const upTo = Math.min(count, slab.next)
      const size = slab.bytesBetween(this.acked, upTo)
      this.heldBytes -= size
      this.#inFlightBytes -= size
      this.acked = upTo
      if (upTo === slab.next) this.#slabs.shift()
    }
    return true
  }

  /** Sends what waits, as far as the window allows. */
  pump(channel: Channel): void {
    let at = 0
    while (this.sent < this.appended && !this.full) {
      while ((this.#slabs[at] as Slab).next <= this.sent) at++
      const slab = this.#slabs[at] as Slab
      const message = slab.message(this.sent)
      this.#inFlightBytes += slab.bytesBetween(this.sent, this.sent + 1)
      this.#markSent()
      channel.send(message)
    }
  }

  #markSent(): void {
    this.sent++
    if (this.sent > this.reached) this.reached = this.sent
  }

  /** A new connection of the same session: everything after the peer's count is to be sent again. */
  rewind(peerReceived: number): boolean {
    if (!this.acknowledge(peerReceived)) return false
    this.sent = this.acked
    this.#inFlightBytes = 0
    return true
  }

  #append(message: Outgoing): number {
    const size = sizeOf(message)
    let slab = this.#slabs[this.#slabs.length - 1]
    if (slab === undefined || typeof message === 'string' || !slab.fits(size)) {
      // Slabs grow with the backlog: a session that sends one call now and then stays at a few hundred bytes.
      const last = slab?.content.length ?? 0
      const capacity = Math.max(size, Math.min(65_536, last * 2), 256)
      slab = new Slab(this.appended, typeof message === 'string' ? message : new Uint8Array(capacity))
      this.#slabs.push(slab)
    }
    slab.add(message, size)
    this.appended++
    this.heldBytes += size
    return size
  }
}

/** Some messages in a row: as many as fit into its bytes, or one text. */
class Slab {
  readonly first: number
  readonly content: Uint8Array | string
  /** Where each message ends. */
  readonly #ends: number[] = []
  #used = 0

  constructor(first: number, content: Uint8Array | string) {
    this.first = first
    this.content = content
  }

  /** The number after that of the last message. */
  get next(): number {
    return this.first + this.#ends.length
  }

  fits(size: number): boolean {
    return this.#used + size <= this.content.length
  }

  add(message: Outgoing, size: number): void {
    const at = this.#used
    if (typeof message !== 'string') copy(message.bytes, message.start, message.end, this.content as Uint8Array, at)
    this.#used = at + size
    this.#ends.push(at + size)
  }

  bytesBetween(from: number, to: number): number {
    return this.#start(to) - this.#start(from)
  }

  message(sequence: number): Outgoing {
    const { content } = this
    if (typeof content === 'string') return content
    return { bytes: content, start: this.#start(sequence), end: this.#start(sequence + 1) }
  }

  #start(sequence: number): number {
    return this.#ends[sequence - this.first - 1] ?? 0
  }
}

// A loop beats `set(subarray())` below about 64 bytes, because it makes no view.
function copy(from: Uint8Array, start: number, end: number, to: Uint8Array, at: number): void {
  if (end - start > 64) to.set(from.subarray(start, end), at)
  else for (let index = start; index < end; index++) to[at++] = from[index] as number
}

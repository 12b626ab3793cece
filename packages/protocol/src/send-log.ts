import { type Channel, type Outgoing, sizeOf } from './channel.ts'
import { leastRoom, type Room } from './room.ts'
import { Slab } from './slab.ts'

/** How much a session may hold for a peer that has not acknowledged it. */
export interface ResendWindow {
  /** Bytes. @default 4 MiB (`public`), 32 MiB (`trusted`) */
  readonly bytes: number
  /** Messages. @default 4,096 (`public`), 65,536 (`trusted`) */
  readonly messages: number
}

const smallestSlab = 256
/** Few of these hold what is in flight between two acks, so that they stay in the processor's cache. */
const largestSlab = 16_384
/** Slabs that are kept for what comes. */
const spareSlabs = 3
/** The same for messages that are larger than a slab, in bytes: what is under way in a window that has grown. */
const mostSpareBytes = 4 * 1024 * 1024

/**
 * The reliable messages of one direction, from the oldest that the peer has not acknowledged to the newest.
 *
 * Three counts, all since the session began, say everything: `acked ≤ sent ≤ appended`. What lies between `acked` and
 * `sent` is in flight and is sent again on a new connection; what lies between `sent` and `appended` waits, because
 * the window is full or nobody is connected. Sequence numbers are these counts: none travels with a message.
 *
 * Messages lie in slabs, so that one costs no object of its own. Who encodes a message asks for `room` and writes it
 * where it will be kept; one from elsewhere is copied. A slab is let go when all of it is acknowledged, save a few that
 * are kept for the next ones while there is something to hold: an idle session holds none.
 *
 * A message that is larger than a slab has one to itself. Its bytes are not touched before it is acknowledged, so that a
 * channel need not copy them. (One that was left for another may still be sending them then. Nobody reads it any more.)
 */
export class SendLog {
  /** Messages the peer said it received. */
  acked = 0
  /** Messages handed to a connection at least once in its present generation. */
  sent = 0
  /** Messages ever added. */
  appended = 0
  /** Bytes held: from `acked` to `appended`. */
  heldBytes = 0
  readonly #window: ResendWindow
  readonly #halfMessages: number
  readonly #halfBytes: number
  readonly #slabs: Slab[] = []
  #newest: Slab | undefined
  readonly #spares: Slab[] = []
  /** Those of single messages, and what they have together. */
  readonly #largeSpares: Slab[] = []
  #spareBytes = 0
  /** Half the window was held when something was last added: a full one needs no look for while it is not. */
  #crowded = false
  /** Those of the bytes held that wait: from `sent` to `appended`. */
  #waitingBytes = 0
  /** What `sent` was when a connection ended. */
  #sentBefore = 0

  constructor(window: ResendWindow) {
    this.#window = window
    this.#halfMessages = window.messages / 2
    this.#halfBytes = window.bytes / 2
  }

  /** Messages handed to any connection at least once: what the peer may have seen. */
  get reached(): number {
    return Math.max(this.sent, this.#sentBefore)
  }

  /** True when what is in flight fills the window, so that nothing more may be written before an ack. */
  get full(): boolean {
    const { bytes, messages } = this.#window
    return this.sent - this.acked >= messages || this.heldBytes - this.#waitingBytes >= bytes
  }

  /** True when half the window is in flight: time to ask for an ack, so that it comes before the window is full. */
  get filling(): boolean {
    return this.sent - this.acked >= this.#halfMessages || this.heldBytes - this.#waitingBytes >= this.#halfBytes
  }

  /** True when what is held, sent or not, fills the window. */
  get excessive(): boolean {
    return this.heldBytes > this.#window.bytes || this.appended - this.acked > this.#window.messages
  }

  /** True when more waits behind a full window than fits into it. One message that is larger is none of that: it left. */
  get hopeless(): boolean {
    const { bytes, messages } = this.#window
    return this.#waitingBytes > bytes || this.appended - this.sent > messages
  }

  /** True beyond any patience: sixteen windows. */
  get absurd(): boolean {
    return this.heldBytes > 16 * this.#window.bytes || this.appended - this.acked > 16 * this.#window.messages
  }

  /**
   * Where the next message is to be written, if it is encoded as bytes. What is written there counts once it is pushed.
   * @param least bytes that it is known to need
   */
  room(least = leastRoom): Room | undefined {
    const newest = this.#newest
    if (newest === undefined || newest.free < least) return this.#open(least)
    return newest.busy ? undefined : newest
  }

  /**
   * Adds a message and, when nothing waits before it and the window allows, sends it at once. True when half the window
   * or more is held now: what is below needs no look at the other measures.
   */
  push(message: Outgoing, channel: Channel | undefined): boolean {
    const waits = channel === undefined || this.sent !== this.appended || (this.#crowded && this.full)
    const size = this.#append(message)
    this.appended++
    this.heldBytes += size
    if (waits) this.#waitingBytes += size
    else {
      this.sent++
      const newest = this.#newest as Slab
      if (newest.bytes.length > largestSlab) channel.send(newest.message(this.appended - 1), true)
      else channel.send(message)
    }
    this.#crowded = this.appended - this.acked >= this.#halfMessages || this.heldBytes >= this.#halfBytes
    return this.#crowded
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
      this.heldBytes -= slab.bytesBetween(this.acked, upTo)
      this.acked = upTo
      if (upTo === slab.next) this.#retire(this.#slabs.shift() as Slab)
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
      this.#waitingBytes -= slab.bytesBetween(this.sent, this.sent + 1)
      this.sent++
      channel.send(message, slab.bytes.length > largestSlab)
    }
  }

  /** A new connection of the same session: everything after the peer's count is to be sent again. */
  rewind(peerReceived: number): boolean {
    if (!this.acknowledge(peerReceived)) return false
    this.#sentBefore = this.reached
    this.sent = this.acked
    this.#waitingBytes = this.heldBytes
    return true
  }

  /** Lets go of what is kept for the next messages, if none are held. To be called when whoever waited has had a turn. */
  rest(): void {
    if (this.acked !== this.appended) return
    if (this.#spares.length > 0) this.#spares.length = 0
    if (this.#spareBytes === 0) return
    this.#largeSpares.length = 0
    this.#spareBytes = 0
  }

  /** Puts a message behind the others, if it was not written there; returns its size. */
  #append(message: Outgoing): number {
    const newest = this.#newest
    if (newest !== undefined && typeof message !== 'string' && message.bytes === newest.bytes) {
      newest.add(message.end)
      return message.end - message.start
    }
    const size = sizeOf(message)
    if (typeof message === 'string') this.#hold(new Slab(this.appended, message)).copy(message, size)
    // Beside a message that is being written nothing may be put.
    else if (newest === undefined || newest.busy || newest.free < size) this.#open(size).copy(message, size)
    else newest.copy(message, size)
    return size
  }

  /** A new slab with room for so many bytes. */
  #open(size: number): Slab {
    const newest = this.#newest
    const spare = size > largestSlab ? this.#largeSpare(size) : this.#spares.pop()
    if (spare !== undefined) {
      spare.clear(this.appended)
      return this.#hold(spare)
    }
    // Slabs grow with the backlog: a session that sends one call now and then stays at a few hundred bytes.
    const usual = Math.min(largestSlab, (newest?.bytes.length ?? 0) * 2)
    return this.#hold(new Slab(this.appended, Math.max(size, usual, smallestSlab)))
  }

  #hold(slab: Slab): Slab {
    const newest = this.#newest
    // One that holds nothing was room for a message that did not fit into it, or could not be sent.
    if (newest !== undefined && newest.next === newest.first) this.#retire(this.#slabs.pop() as Slab)
    this.#slabs.push(slab)
    this.#newest = slab
    return slab
  }

  #retire(slab: Slab): void {
    if (slab === this.#newest) this.#newest = undefined
    const { length } = slab.bytes
    if (length < largestSlab || slab.busy) return
    if (length === largestSlab) {
      if (this.#spares.length < spareSlabs) this.#spares.push(slab)
    } else if (this.#spareBytes + length <= mostSpareBytes) {
      this.#largeSpares.push(slab)
      this.#spareBytes += length
    }
  }

  /** One that was let go of and is large enough, but not twice as large: blocks of a stream have the same size. */
  #largeSpare(size: number): Slab | undefined {
    const length = this.#largeSpares.at(-1)?.bytes.length ?? 0
    if (length < size || length >= size * 2) return undefined
    this.#spareBytes -= length
    return this.#largeSpares.pop()
  }
}

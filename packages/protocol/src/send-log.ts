import type { Channel, Outgoing } from './channel.ts'

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

  /** True when what is held, sent or not, fills the window. */
  get excessive(): boolean {
    return this.heldBytes > this.#window.bytes || this.appended - this.acked > this.#window.messages
  }

  /** True when as much again waits behind a full window. */
  get hopeless(): boolean {
    return this.heldBytes > 2 * this.#window.bytes || this.appended - this.acked > 2 * this.#window.messages
  }

  /** Adds a message and, when nothing waits before it and the window allows, sends it at once. */
  push(message: Outgoing, channel: Channel | undefined): void {
    const direct = channel !== undefined && this.sent === this.appended && !this.full
    const size = this.#append(message)
    if (!direct) return
    this.#inFlightBytes += size
    this.#markSent()
    channel.send(message)
  }

  /**
   * The peer has received `count` messages since the session began.
   * Returns false, and changes nothing, for a count below an earlier one or above what was sent: a violation.
   */
  acknowledge(count: number): boolean {
    if (count < this.acked || count > this.sent) return false
    while (this.acked < count) {
      const slab = this.#slabs[0] as Slab
      const size = slab.sizeOf(this.acked)
      this.heldBytes -= size
      this.#inFlightBytes -= size
      this.acked++
      if (this.acked === slab.first + slab.count) this.#slabs.shift()
    }
    return true
  }

  /** Sends what waits, as far as the window allows. */
  pump(channel: Channel): void {
    let at = 0
    while (this.sent < this.appended && !this.full) {
      while ((this.#slabs[at] as Slab).first + (this.#slabs[at] as Slab).count <= this.sent) at++
      const slab = this.#slabs[at] as Slab
      const message = slab.message(this.sent)
      this.#inFlightBytes += slab.sizeOf(this.sent)
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
    const size = typeof message === 'string' ? message.length : message.end - message.start
    let slab = this.#slabs[this.#slabs.length - 1]
    if (slab === undefined || !slab.fits(message, size)) {
      // Slabs grow with the backlog: a session that sends one call now and then stays at a few hundred bytes.
      const last = slab?.capacity ?? 0
      slab = new Slab(this.appended, typeof message === 'string', Math.max(size, Math.min(65_536, last * 2), 256))
      this.#slabs.push(slab)
    }
    slab.add(message, size)
    this.appended++
    this.heldBytes += size
    return size
  }
}

class Slab {
  readonly first: number
  readonly capacity: number
  count = 0
  readonly #bytes: Uint8Array | undefined
  readonly #texts: string[] | undefined
  readonly #ends: number[] = []
  #used = 0

  constructor(first: number, isText: boolean, capacity: number) {
    this.first = first
    this.capacity = capacity
    if (isText) this.#texts = []
    else this.#bytes = new Uint8Array(capacity)
  }

  fits(message: Outgoing, size: number): boolean {
    return (typeof message === 'string') === (this.#texts !== undefined) && this.#used + size <= this.capacity
  }

  add(message: Outgoing, size: number): void {
    if (typeof message === 'string') this.#texts?.push(message)
    else copy(message.bytes, message.start, message.end, this.#bytes as Uint8Array, this.#used)
    this.#used += size
    this.#ends.push(this.#used)
    this.count++
  }

  sizeOf(sequence: number): number {
    const index = sequence - this.first
    return (this.#ends[index] as number) - (index === 0 ? 0 : (this.#ends[index - 1] as number))
  }

  message(sequence: number): Outgoing {
    const index = sequence - this.first
    if (this.#texts !== undefined) return this.#texts[index] as string
    const start = index === 0 ? 0 : (this.#ends[index - 1] as number)
    return { bytes: this.#bytes as Uint8Array, start, end: this.#ends[index] as number }
  }
}

// A loop beats `set(subarray())` below about 64 bytes, because it makes no view.
function copy(from: Uint8Array, start: number, end: number, to: Uint8Array, at: number): void {
  if (end - start > 64) to.set(from.subarray(start, end), at)
  else for (let index = start; index < end; index++) to[at++] = from[index] as number
}

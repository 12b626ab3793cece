import type { Outgoing } from './channel.ts'
import type { Room } from './room.ts'

const none = new Uint8Array(0)

/** Some messages in a row: as many as fit into its bytes, or one text. */
export class Slab implements Room {
  readonly bytes: Uint8Array
  readonly view: DataView
  at = 0
  busy = false
  /** The number of its first message. */
  first: number
  /** The number after that of its last message. */
  next: number
  readonly #text: string | undefined
  /** Where each message ends. */
  readonly #ends: number[] = []

  constructor(first: number, content: number | string) {
    this.first = first
    this.next = first
    this.bytes = typeof content === 'string' ? none : new Uint8Array(content)
    this.view = new DataView(this.bytes.buffer)
    this.#text = typeof content === 'string' ? content : undefined
  }

  /** Bytes that are free. */
  get free(): number {
    return this.bytes.length - this.at
  }

  /** Adds a message whose bytes are in their place, up to `end`. */
  add(end: number): void {
    this.#ends[this.next++ - this.first] = end
    this.at = end
  }

  /** Adds a message from elsewhere, of `size` bytes. */
  copy(message: Outgoing, size: number): void {
    if (typeof message !== 'string') this.bytes.set(message.bytes.subarray(message.start, message.end), this.at)
    this.add(this.at + size)
  }

  bytesBetween(from: number, to: number): number {
    return this.#start(to) - this.#start(from)
  }

  message(sequence: number): Outgoing {
    if (this.#text !== undefined) return this.#text
    return { bytes: this.bytes, start: this.#start(sequence), end: this.#start(sequence + 1) }
  }

  /** Forgets its messages, to hold others. */
  clear(first: number): void {
    this.first = first
    this.next = first
    this.at = 0
  }

  #start(sequence: number): number {
    const index = sequence - this.first
    return index === 0 ? 0 : (this.#ends[index - 1] as number)
  }
}

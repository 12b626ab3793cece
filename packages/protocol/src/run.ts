import type { Encoded } from './encoded.ts'
import { Kind } from './message.ts'
import { laidFlag } from './shape/laid.ts'
import { writeVarint } from './varint.ts'

/**
 * Messages that leave together, for any number of peers: written once, side by side. A channel that can hand them on in one
 * go does (`sendAll`). Before each of them `gap` bytes are free for what carries them: a frame's header, most of the time.
 */
export class Run {
  readonly gap = 2
  bytes = new Uint8Array(1_024)
  /** Where each message begins and ends. */
  readonly starts: number[] = []
  readonly ends: number[] = []
  count = 0
  /** The size of the largest. */
  largest = 0
  /** The same as frames of RFC 6455 that are not masked, once a channel has made them: borrowed, as the messages are. */
  frames: Uint8Array | undefined
  readonly #borrowed: Encoded = { bytes: this.bytes, start: 0, end: 0 }

  /** Where the last message ends. */
  get end(): number {
    return this.count === 0 ? 0 : (this.ends[this.count - 1] as number)
  }

  clear(): void {
    this.count = 0
    this.largest = 0
    this.frames = undefined
  }

  /** Adds an event whose payload was encoded, or laid out by shape, before. */
  addEvent(isLaid: boolean, alias: number, offset: number, payload: Uint8Array, start: number, end: number): void {
    const at = this.#begin(end - start + mostEventHead)
    const { bytes } = this
    bytes[at] = isLaid ? Kind.event | laidFlag : Kind.event
    let to = alias < 0x80 ? at + 2 : writeVarint(bytes, at + 1, alias)
    if (alias < 0x80) bytes[at + 1] = alias
    to = writeVarint(bytes, to, offset)
    if (end - start > 64) {
      bytes.set(payload.subarray(start, end), to)
      to += end - start
    } else for (let index = start; index < end; index++) bytes[to++] = payload[index] as number
    this.#finish(at, to)
  }

  /** Adds a message that is ready. */
  add({ bytes, start, end }: Encoded): void {
    const at = this.#begin(end - start)
    this.bytes.set(bytes.subarray(start, end), at)
    this.#finish(at, at + end - start)
  }

  /** One of the messages, borrowed until another one is asked for. */
  message(index: number): Encoded {
    const borrowed = this.#borrowed
    borrowed.bytes = this.bytes
    borrowed.start = this.starts[index] as number
    borrowed.end = this.ends[index] as number
    return borrowed
  }

  /** The payload of an event: all behind its alias and its offset. */
  payload(index: number): Uint8Array {
    let at = (this.starts[index] as number) + 1
    for (let number = 0; number < 2; at++) if ((this.bytes[at] as number) < 0x80) number++
    return this.bytes.subarray(at, this.ends[index])
  }

  #begin(size: number): number {
    const at = this.end + this.gap
    if (at + size > this.bytes.length) this.#grow(at + size)
    return at
  }

  #finish(start: number, end: number): void {
    const { count } = this
    this.starts[count] = start
    this.ends[count] = end
    if (end - start > this.largest) this.largest = end - start
    this.count = count + 1
  }

  #grow(needed: number): void {
    const { bytes, end } = this
    this.bytes = new Uint8Array(Math.max(needed, 2 * bytes.length))
    this.bytes.set(bytes.subarray(0, end))
  }
}

/** Kind, alias and offset. */
const mostEventHead = 17

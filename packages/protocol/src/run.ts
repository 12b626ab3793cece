import type { Encoded } from './encoded.ts'
import { Kind } from './message.ts'
import { leastRoom, type Room } from './room.ts'
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
  #room: Room | undefined
  readonly #borrowed: Encoded = { bytes: this.bytes, start: 0, end: 0 }

  /** Where the last message ends. */
  get end(): number {
    return this.count === 0 ? 0 : (this.ends[this.count - 1] as number)
  }

  /** A payload is being written into its room. */
  get busy(): boolean {
    return this.#room?.busy === true
  }

  clear(): void {
    // Somebody still writes into it; what they write will be copied from there.
    if (this.busy) this.#grow(1_024)
    this.count = 0
    this.largest = 0
    this.frames = undefined
  }

  /**
   * Where the payload of an event may be written, so that it need not be copied when it is added. One byte goes before it:
   * what a value that was laid out by shape begins with. Nothing may be added meanwhile.
   */
  room(alias: number, offset: number): Room {
    const at = this.end + this.gap + varintSize(alias) + varintSize(offset)
    if (at + leastRoom > this.bytes.length) this.#grow(at + leastRoom)
    const { bytes } = this
    this.#room ??= { bytes, view: new DataView(bytes.buffer), at, busy: false }
    // The others see it as it is offered to them; it is this run's to move.
    ;(this.#room as { at: number }).at = at
    return this.#room
  }

  /** Adds an event whose payload was encoded, or laid out by shape, before: perhaps in the room that there was for it. */
  addEvent(isLaid: boolean, alias: number, offset: number, payload: Uint8Array, start: number, end: number): void {
    const at = this.#begin(end - start + mostEventHead)
    const { bytes } = this
    const to = at + 1 + varintSize(alias) + varintSize(offset)
    const size = end - start
    if (payload === bytes) {
      if (start !== to) bytes.copyWithin(to, start, end)
    } else if (size > 64) bytes.set(payload.subarray(start, end), to)
    else for (let index = 0; index < size; index++) bytes[to + index] = payload[start + index] as number
    bytes[at] = isLaid ? Kind.event | laidFlag : Kind.event
    writeVarint(bytes, writeVarint(bytes, at + 1, alias), offset)
    this.#finish(at, to + size)
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
    this.bytes = new Uint8Array(Math.max(needed, this.busy ? needed : 2 * bytes.length))
    this.#room = undefined
    this.bytes.set(bytes.subarray(0, end))
  }
}

function varintSize(value: number): number {
  if (value < 0x80) return 1
  if (value < 0x4000) return 2
  if (value < 0x20_0000) return 3
  return value < 0x1000_0000 ? 4 : Math.ceil(Math.log2(value + 1) / 7)
}

/** Kind, alias and offset. */
const mostEventHead = 17

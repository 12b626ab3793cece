import type { Encoded } from './encoded.ts'
import type { CodecLimits } from './limits.ts'
import { Kind } from './message.ts'
import type { Room } from './room.ts'
import { laidFlag } from './shape/laid.ts'
import { giveBack, takeWriter } from './spare-writer.ts'
import { systemText } from './system.ts'
import type { TextCoder } from './text.ts'
import { type ValueDecoder, ValueReader } from './value-reader.ts'
import type { ValueWriter } from './value-writer.ts'
import { type ValueEncoder, writeContent } from './write-content.ts'

/** What a value that was laid out by shape begins with where it is kept: the byte that MessagePack never uses. */
export const laidMark = 0xc1

/** Values alone, and events that are made of them: for those who keep values. Clients do not carry it. */
export class ValueCodec {
  readonly #limits: CodecLimits
  readonly #reader: ValueReader
  readonly #text: TextCoder
  readonly #encoded: Encoded = { bytes: new Uint8Array(0), start: 0, end: 0 }

  /** @param text transcodes long strings. @default the platform's, if it has any */
  constructor(limits: CodecLimits, text: TextCoder = systemText()) {
    this.#limits = limits
    this.#text = text
    this.#reader = new ValueReader(limits, text)
  }

  /**
   * One value alone, in bytes that are the caller's to keep; none for `undefined`.
   * @throws WirepactError `invalid-input` for a value that cannot travel: "cannot send a Foo at .a[0].b"
   */
  encodeValue(value: unknown): Uint8Array {
    const writer = this.#begin(0)
    if (value !== undefined) writeContent(writer, value)
    giveBack(writer)
    return writer.bytes.slice(writer.start + 1, writer.at)
  }

  /**
   * One value laid out by shape, behind a byte that no plain value begins with; undefined for one that does not fit. What it
   * returns is borrowed until the next message is encoded. It lies in `room` if that was large enough.
   */
  layOutValue(value: unknown, laid: ValueEncoder, room?: Room): Encoded | undefined {
    const writer = this.#begin(laidMark & ~laidFlag, room)
    const fits = laid.write(writer, value)
    const encoded = this.#finish(writer)
    return fits ? encoded : undefined
  }

  /**
   * The value that is all of `[start, end)`.
   * @param laid reads it if it was laid out; without that, such a one is refused
   * @throws ProtocolViolation 4422
   */
  decodeValue(bytes: Uint8Array, start: number, end: number, laid?: ValueDecoder): unknown {
    const reader = this.#reader
    const isLaid = laid !== undefined && bytes[start] === laidMark
    reader.begin(bytes, isLaid ? start + 1 : start, end)
    const value = reader.rest(isLaid ? laid : undefined)
    reader.release()
    return value
  }

  /**
   * An event whose payload was encoded, or laid out, before; borrowed until the next message is encoded.
   * @throws TypeError for a payload that is not what `isLaid` says
   */
  eventFromBytes(alias: number, offset: number, payload: Uint8Array, isLaid = false): Encoded {
    if ((payload[0] === laidMark) !== isLaid)
      throw new TypeError('a log that keeps marks gave a record without its own')
    const writer = this.#begin(isLaid ? Kind.event | laidFlag : Kind.event)
    writer.varint(alias)
    writer.varint(offset)
    writer.append(isLaid ? payload.subarray(1) : payload)
    return this.#finish(writer)
  }

  #finish(writer: ValueWriter): Encoded {
    giveBack(writer)
    const encoded = this.#encoded
    if (encoded.bytes !== writer.bytes) encoded.bytes = writer.bytes
    encoded.start = writer.start
    encoded.end = writer.at
    return encoded
  }

  #begin(first: number, room?: Room): ValueWriter {
    const writer = takeWriter()
    writer.begin(first, this.#limits.depth, this.#text, room)
    return writer
  }
}

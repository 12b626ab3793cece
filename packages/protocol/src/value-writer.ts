import { isPlain } from './plain-object.ts'
import { className, Refusal, tooDeep } from './refusal.ts'
import { type Room, roomOf } from './room.ts'
import { isRefusedName, maxBigintDigits, typedArrayNamed } from './tags.ts'
import { type TextCoder, writeUtf8 } from './text.ts'
import { writeTimestamp } from './timestamp.ts'
import { writeVarint } from './varint.ts'

const int64Min = -(2n ** 63n)
const int64Max = 2n ** 63n - 1n
const uint64Max = 2n ** 64n - 1n

/** The buffer of a message is kept for the next one, up to this size. There is one for all connections. */
const keptBytes = 0x40_0000

/** From this size on, room that is not used is felt: the engine collects garbage by what buffers weigh. */
const largeBytes = 0x1_0000

/**
 * Writes a message: header fields, and values as MessagePack with the tags of PROTOCOL.md, "Values".
 *
 * One pass does all: it checks that the value may travel, says with a tag what MessagePack lacks, and writes. It knows
 * just the part of the format that the protocol uses, which is why it is small, and needs no generated code.
 *
 * It writes into the room it is given, and moves into a buffer of its own when that becomes too small.
 */
export class ValueWriter {
  /** Where the message begins in `bytes`. */
  start = 0
  at = 0
  #own: Room = roomOf(512)
  room: Room = this.#own
  bytes: Uint8Array = this.room.bytes
  #view: DataView = this.room.view
  /** Containers that may still open. */
  depth = 0
  #coder!: TextCoder

  /** Starts a message. */
  begin(first: number, depth: number, coder: TextCoder, given: Room | undefined): void {
    if (given === undefined && this.#own.bytes.length > keptBytes) this.#own = roomOf(512)
    const room = given ?? this.#own
    // One room takes many messages, and to change over costs the garbage collector more than one would think.
    if (room !== this.room) this.#enter(room)
    this.#coder = coder
    this.depth = depth
    this.start = room.at
    this.at = room.at + 1
    this.bytes[room.at] = first
  }

  /** Room for header fields is always there: nobody writes more of them than fit into the smallest buffer. */
  varint(value: number): void {
    if (value < 0x80) this.bytes[this.at++] = value
    else this.at = writeVarint(this.bytes, this.at, value)
  }

  /** A `str` of the header, of less than 16,384 bytes: length as a varint, then UTF-8. Returns that length. */
  string(text: string): number {
    this.reserve(text.length * 3 + 2)
    const { bytes, at } = this
    // Written behind the longer of the two lengths that it may have, then moved up to the one it has.
    const end = writeUtf8(bytes, at + 2, text, this.#coder)
    const size = end - at - 2
    this.varint(size)
    bytes.copyWithin(this.at, at + 2, end)
    this.at += size
    return size
  }

  /** Bytes as they are. */
  append(bytes: Uint8Array): void {
    this.reserve(bytes.length)
    this.bytes.set(bytes, this.at)
    this.at += bytes.length
  }

  /** One value. @throws {@link Refusal} */
  value(value: unknown): void {
    if (this.at + 16 > this.bytes.length) this.reserve(16)
    switch (typeof value) {
      case 'string':
        return this.text(value)
      case 'number':
        return this.number(value)
      case 'object':
        return value === null ? this.#byte(0xc0) : this.#object(value)
      case 'boolean':
        return this.#byte(value ? 0xc3 : 0xc2)
      case 'undefined':
        return this.#three(0xd4, 0, 0)
      case 'bigint':
        return this.#bigint(value)
      default:
        throw new Refusal(`a ${typeof value}`)
    }
  }

  #object(value: object): void {
    if (Array.isArray(value)) return this.#array(value)
    const prototype: unknown = Object.getPrototypeOf(value)
    if (prototype === Object.prototype || prototype === null) return this.#record(value as Record<string, unknown>)
    if (value instanceof Uint8Array) return this.#binary(value)
    if (value instanceof Date) return this.#date(value.getTime())
    if (value instanceof Map) return this.#tag('$map', Array.from(value))
    if (value instanceof Set) return this.#tag('$set', Array.from(value))
    if (isPlain(value)) return this.#record(value)
    const name = className(value)
    if (!typedArrayNamed(name)) throw new Refusal(`a ${name}`)
    const { buffer, byteOffset, byteLength } = value as ArrayBufferView
    this.#tag('$typed', [name, new Uint8Array(buffer, byteOffset, byteLength)])
  }

  #record(value: Record<string, unknown>): void {
    const keys = Object.keys(value)
    if (keys.length !== 1 || (keys[0] as string).charCodeAt(0) !== 0x24) return this.#entries(value, keys)
    // An object that looks like a tag must be wrapped, or it would be taken for one.
    this.#open(1, 0x80, 0xde)
    this.text('$')
    this.#entries(value, keys)
    this.depth++
  }

  #tag(tag: string, content: unknown): void {
    this.#open(1, 0x80, 0xde)
    this.text(tag)
    this.value(content)
    this.depth++
  }

  #entries(value: Record<string, unknown>, keys: readonly string[]): void {
    this.#open(keys.length, 0x80, 0xde)
    let key = ''
    try {
      for (let index = 0; index < keys.length; index++) {
        key = keys[index] as string
        if (isRefusedName(key)) throw new Refusal(`the key ${key}`)
        this.text(key)
        this.value(value[key])
      }
    } catch (error) {
      throw isRefusedName(key) ? error : Refusal.at(`.${key}`, error)
    }
    this.depth++
  }

  #array(items: readonly unknown[]): void {
    this.#open(items.length, 0x90, 0xdc)
    let index = 0
    try {
      for (; index < items.length; index++) this.value(items[index])
    } catch (error) {
      throw Refusal.at(`[${index}]`, error)
    }
    this.depth++
  }

  #open(length: number, short: number, wide: number): void {
    if (--this.depth < 0) throw tooDeep()
    this.reserve(5)
    if (length < 16) this.#byte(short | length)
    else if (length < 0x10000) this.#uint16(wide, length)
    else this.#uint32(wide + 1, length)
  }

  number(value: number): void {
    if (value >>> 0 === value) {
      // −0 passes the comparison, and an integer would lose its sign.
      if (value === 0 && 1 / value < 0) this.#float(value)
      else if (value < 0x80) this.#byte(value)
      else this.#sized(0xcc, value)
    } else if (value >> 0 === value) {
      if (value >= -0x20) this.#byte(value)
      else if (value >= -0x80) this.#two(0xd0, value)
      else if (value >= -0x8000) this.#uint16(0xd1, value)
      else this.#uint32(0xd2, value)
    } else {
      this.#float(value)
    }
  }

  #float(value: number): void {
    this.bytes[this.at] = 0xcb
    this.#view.setFloat64(this.at + 1, value)
    this.at += 9
  }

  #bigint(value: bigint): void {
    if (value < int64Min || value > uint64Max) {
      const digits = value.toString()
      if (digits.length > maxBigintDigits) throw new Refusal('a bigint of so many digits')
      return this.#tag('$bigint', digits)
    }
    this.bytes[this.at] = value > int64Max ? 0xcf : 0xd3
    this.#view.setBigUint64(this.at + 1, BigInt.asUintN(64, value))
    this.at += 9
  }

  text(text: string): void {
    const { length } = text
    if (this.at + length * 3 + 5 > this.bytes.length) this.reserve(length * 3 + 5)
    const { bytes } = this
    if (length < 32) {
      // Short ASCII is what nearly all keys and many values are: no second look at it.
      let at = this.at + 1
      let index = 0
      for (; index < length; index++) {
        const unit = text.charCodeAt(index)
        if (unit > 0x7f) break
        bytes[at++] = unit
      }
      if (index === length) {
        bytes[this.at] = 0xa0 | length
        this.at = at
        return
      }
    }
    this.#longText(text)
  }

  /** Writes behind the longest head that its size may need, then moves it if a shorter one does. */
  #longText(text: string): void {
    const { bytes, at } = this
    const guess = text.length < 0x20 ? 1 : text.length < 0x100 ? 2 : text.length < 0x10000 ? 3 : 5
    const end = writeUtf8(bytes, at + guess, text, this.#coder)
    const size = end - at - guess
    const head = size < 0x20 ? 1 : size < 0x100 ? 2 : size < 0x10000 ? 3 : 5
    if (head !== guess) bytes.copyWithin(at + head, at + guess, end)
    if (head === 1) this.#byte(0xa0 | size)
    else this.#sized(0xd9, size)
    this.at = at + head + size
  }

  #binary(value: Uint8Array): void {
    const { length } = value
    this.reserve(length + 5)
    this.#sized(0xc4, length)
    this.append(value)
  }

  #date(time: number): void {
    // MessagePack has no timestamp that is none.
    if (Number.isNaN(time)) return this.#tag('$date', null)
    this.at = writeTimestamp(this.#view, this.at, time)
  }

  #byte(byte: number): void {
    this.bytes[this.at++] = byte
  }

  #two(first: number, second: number): void {
    this.bytes[this.at++] = first
    this.bytes[this.at++] = second
  }

  #three(first: number, second: number, third: number): void {
    this.#two(first, second)
    this.bytes[this.at++] = third
  }

  /** A length or number in 8, 16 or 32 bits; the tokens of the three follow each other. */
  #sized(first: number, value: number): void {
    if (value < 0x100) this.#two(first, value)
    else if (value < 0x10000) this.#uint16(first + 1, value)
    else this.#uint32(first + 2, value)
  }

  #uint16(first: number, value: number): void {
    this.#three(first, value >> 8, value)
  }

  #uint32(first: number, value: number): void {
    this.bytes[this.at] = first
    this.#view.setUint32(this.at + 1, value)
    this.at += 5
  }

  reserve(size: number): void {
    if (this.at + size <= this.bytes.length) return
    const written = this.bytes.subarray(this.start, this.at)
    const needed = written.length + size
    // Bytes or a text that outweigh all before them are most of the message: little more is to come.
    const spare = size > written.length && size > largeBytes ? needed / 16 : needed / 2
    if (this.#own.bytes.length < needed) this.#own = roomOf(Math.ceil(needed + spare))
    this.#enter(this.#own)
    this.bytes.set(written)
    this.start = 0
    this.at = written.length
  }

  #enter(room: Room): void {
    this.room = room
    this.bytes = room.bytes
    this.#view = room.view
  }
}

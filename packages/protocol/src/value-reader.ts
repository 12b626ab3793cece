import type { CodecLimits } from './limits.ts'
import { kindNames } from './message.ts'
import { type CloseCode, closeCode } from './status.ts'
import { isRefusedName, untag } from './tags.ts'
import { isAscii, readUtf8, type TextCoder } from './text.ts'
import { readExtension } from './value-extension.ts'
import { readVarint } from './varint.ts'
import { ProtocolViolation } from './violation.ts'

const noBytes = /* @__PURE__ */ new Uint8Array(0)

// Eight bytes seen as the numbers they may be. Cheaper than a DataView for each chunk, which would also have to be kept.
const eightBytes = /* @__PURE__ */ new Uint8Array(8)
const asFloat64 = /* @__PURE__ */ new Float64Array(eightBytes.buffer)
const asFloat32 = /* @__PURE__ */ new Float32Array(eightBytes.buffer)
const asInt64 = /* @__PURE__ */ new BigInt64Array(eightBytes.buffer)

/** Reads values of one shape. */
export interface ValueDecoder {
  /** Reads a value that has the shape, whoever sent it. @throws ProtocolViolation 4422 */
  decode(reader: ValueReader): unknown
}

/** Slots of the table of known keys; a power of two. */
const keySlots = 1_024

/**
 * Reads a message: header fields, and values from MessagePack with the tags of PROTOCOL.md, "Values".
 *
 * The bytes are a stranger's. One pass decodes and guards: a length is believed only when the bytes are there; depth,
 * items and key lengths are counted as they come; extension types are the two that the protocol knows; keys that could
 * reach a prototype are refused. What is wrong throws a ProtocolViolation, and nothing else is ever thrown.
 */
export class ValueReader {
  bytes: Uint8Array = noBytes
  at = 0
  end = 0
  readonly limits: CodecLimits
  readonly #coder: TextCoder
  #start = 0
  #given = false
  /** Values that may still come in this message. */
  items = 0
  /** Containers that may still open. */
  depth = 0
  /** Keys by a hash of their bytes: the columns of a table are the same string each time, and none is made for them. */
  readonly #keys: (string | undefined)[] = new Array(keySlots)

  constructor(limits: CodecLimits, text: TextCoder) {
    this.limits = limits
    this.#coder = text
  }

  /**
   * Starts on a message.
   * @param given its bytes are the message's own, and not used again: what is all of its content need not be copied
   */
  begin(bytes: Uint8Array, start: number, end: number, given = false): void {
    this.bytes = bytes
    this.#given = given
    this.at = start
    this.#start = start
    this.end = end
    this.items = this.limits.items
    this.depth = this.limits.depth
  }

  /** An unsigned number of the header. */
  varint(field: string): number {
    const { at } = this
    const byte = at < this.end ? (this.bytes[at] as number) : 0x80
    if (byte < 0x80) {
      this.at = at + 1
      return byte
    }
    const value = readVarint(this)
    return value >= 0 ? value : this.#fail(closeCode.protocolViolation, `${field} must be a minimal varint`)
  }

  /** A `str` of the header of at most `max` bytes. */
  string(field: string, max: number): string {
    const size = this.varint(field)
    const start = this.at
    if (size > this.end - start || size > max)
      return this.#fail(closeCode.protocolViolation, `${field} must have at most ${max} bytes, and all of them`)
    this.at = start + size
    return readUtf8(this.bytes, start, this.at, this.#coder)
  }

  /** The value that the rest of the message is: laid out by shape, or else nothing at all is `undefined`. */
  rest(laid?: ValueDecoder): unknown {
    if (laid !== undefined) return this.#last(laid.decode(this))
    if (this.at === this.end) return undefined
    return this.#given ? this.#own() : this.#last(this.value())
  }

  /** The named fields that the rest of the message is: a map, but no value, so neither counted nor taken for a tag. */
  fields(): unknown {
    const token = this.bytes[this.at] ?? 0
    if (this.at === this.end || ((token & 0xf0) !== 0x80 && (token & 0xfe) !== 0xde)) return this.rest()
    this.items++
    this.depth++
    return this.#last(this.#wrapped())
  }

  /** @throws ProtocolViolation 4422, always */
  malformed(why: string): never {
    return this.#fail(closeCode.malformedValue, why)
  }

  /** The message must end here. */
  finish(): void {
    if (this.at !== this.end) this.#fail(closeCode.protocolViolation, 'bytes follow the message')
  }

  /** Lets go of the bytes: a codec that waits for the next message must not keep a received chunk alive. */
  release(): void {
    this.bytes = noBytes
  }

  #last(value: unknown): unknown {
    return this.at === this.end ? value : this.malformed('bytes follow the value')
  }

  /** One value; more may follow it. */
  value(): unknown {
    if (--this.items < 0) return this.malformed(`more than ${this.limits.items} items`)
    if (this.at >= this.end) return this.#truncated()
    const token = this.bytes[this.at++] as number
    if (token < 0x80) return token
    if (token < 0x90) return this.#map(token & 15, false)
    if (token < 0xa0) return this.#array(token & 15)
    if (token < 0xc0) return this.utf8(token & 31)
    if (token >= 0xe0) return token - 0x100
    switch (token) {
      case 0xc0:
        return null
      case 0xc2:
        return false
      case 0xc3:
        return true
      case 0xcb:
        this.#scratch(8)
        return asFloat64[0]
      case 0xcc:
      case 0xcd:
      case 0xce:
        return this.uint(token - 0xcc)
      case 0xd9:
      case 0xda:
      case 0xdb:
        return this.utf8(this.uint(token - 0xd9))
      case 0xc4:
      case 0xc5:
      case 0xc6:
        return this.#binary(this.uint(token - 0xc4))
      case 0xdc:
      case 0xdd:
        return this.#array(this.uint(token - 0xdb))
      case 0xde:
      case 0xdf:
        return this.#map(this.uint(token - 0xdd), false)
      default:
        return this.#rare(token)
    }
  }

  #rare(token: number): unknown {
    switch (token) {
      case 0xca:
        this.#scratch(4)
        return asFloat32[0]
      case 0xcf:
        return BigInt.asUintN(64, this.int64())
      case 0xd0:
        return (this.uint(0) << 24) >> 24
      case 0xd1:
        return (this.uint(1) << 16) >> 16
      case 0xd2:
        return this.uint(2) | 0
      case 0xd3:
        return this.int64()
      case 0xc1:
        return this.malformed('the byte c1, which is never used')
      default:
        return readExtension(this, token)
    }
  }

  /** Moves past `size` bytes that must be there, and says where they began. */
  skip(size: number): number {
    const { at } = this
    if (size > this.end - at) return this.#truncated()
    this.at = at + size
    return at
  }

  /** A length or unsigned number of 1, 2 or 4 bytes. */
  uint(power: number): number {
    const at = this.skip(1 << power)
    const { bytes } = this
    if (power === 0) return bytes[at] as number
    if (power === 1) return ((bytes[at] as number) << 8) | (bytes[at + 1] as number)
    return uint32(bytes, at)
  }

  int64(): bigint {
    this.#scratch(8)
    return asInt64[0] as bigint
  }

  /** Lays the next bytes into `eightBytes`, last one first: the wire is big-endian, engines are little-endian. */
  #scratch(size: number): void {
    const at = this.skip(size)
    const { bytes } = this
    for (let index = 0; index < size; index++) eightBytes[size - 1 - index] = bytes[at + index] as number
  }

  #array(size: number): unknown[] {
    this.#open(size)
    const items: unknown[] = []
    for (let index = 0; index < size; index++) items.push(this.value())
    this.depth++
    return items
  }

  /** The map inside `$` is a plain one even when it looks like a tag. */
  #map(size: number, isWrapped: boolean): unknown {
    this.#open(size * 2)
    const record: Record<string, unknown> = {}
    for (let index = 0; index < size; index++) {
      const key = this.key()
      if (size === 1 && !isWrapped && key.charCodeAt(0) === 0x24) return this.#tagged(key)
      record[key] = this.value()
    }
    this.depth++
    return record
  }

  #tagged(tag: string): unknown {
    let value: unknown
    if (tag === '$') value = this.#wrapped()
    else {
      const content = this.value()
      try {
        value = untag(tag, content)
      } catch (error) {
        return this.malformed((error as Error).message)
      }
    }
    this.depth++
    return value
  }

  #wrapped(): unknown {
    const token = this.at < this.end ? (this.bytes[this.at++] as number) : 0
    if (--this.items >= 0) {
      if (token >= 0x80 && token < 0x90) return this.#map(token & 15, true)
      if (token === 0xde || token === 0xdf) return this.#map(this.uint(token - 0xdd), true)
    }
    return this.malformed('$ needs a map')
  }

  /** Enters a container whose parts take at least one byte each. */
  #open(parts: number): void {
    if (--this.depth < 0) this.malformed(`nested deeper than ${this.limits.depth}`)
    if (parts > this.end - this.at) this.#truncated()
  }

  key(): string {
    const { bytes } = this
    const token = this.at < this.end ? (bytes[this.at++] as number) : 0
    if (token < 0xa0 || token >= 0xc0) return this.#longKey(token)
    const size = token & 31
    const at = this.skip(size)
    if (size > this.limits.keyBytes) return this.#keyTooLong()
    // A few bytes tell most keys apart; those that they do not are only made anew each time.
    const hash =
      size * 37 +
      (bytes[at] as number) +
      (bytes[at + (size >> 1)] as number) * 7 +
      (bytes[at + size - 1] as number) * 61
    const slot = (hash ^ (hash >> 10)) & (keySlots - 1)
    const known = this.#keys[slot]
    if (known !== undefined && known.length === size && isAscii(known, bytes, at)) return known
    const key = this.#checkedKey(readUtf8(bytes, at, at + size, this.#coder))
    // A known key is compared unit by byte, which holds for ASCII only: as many units as bytes.
    if (key.length === size) this.#keys[slot] = key
    return key
  }

  #longKey(token: number): string {
    if (token < 0xd9 || token > 0xdb) return this.malformed('a map key that is not a string')
    const size = this.uint(token - 0xd9)
    if (size > this.limits.keyBytes) return this.#keyTooLong()
    const at = this.skip(size)
    return this.#checkedKey(readUtf8(this.bytes, at, this.at, this.#coder))
  }

  #keyTooLong(): never {
    return this.malformed(`a key of more than ${this.limits.keyBytes} bytes`)
  }

  #checkedKey(key: string): string {
    return isRefusedName(key) ? this.malformed(`the key ${key} is refused`) : key
  }

  utf8(size: number): string {
    const at = this.skip(size)
    return readUtf8(this.bytes, at, at + size, this.#coder)
  }

  #binary(size: number): Uint8Array {
    const at = this.skip(size)
    // A copy: the received chunk is the caller's, who reuses it. A loop, because a view costs more than a few bytes.
    const copy = new Uint8Array(size)
    if (size > 32) copy.set(this.bytes.subarray(at, at + size))
    else for (let index = 0; index < size; index++) copy[index] = this.bytes[at + index] as number
    return copy
  }

  /**
   * The rest of a message whose bytes are its own. When all of it is one run of bytes they stay where they are, behind a
   * header of a few. Bytes beside others are copied: whoever transfers or keeps one of them must not take the others along.
   */
  #own(): unknown {
    const { at, bytes, end } = this
    const token = bytes[at] as number
    const head = token === 0xc5 ? 3 : token === 0xc6 ? 5 : 0
    if (head === 0 || end - at < head) return this.#last(this.value())
    const size = head === 3 ? ((bytes[at + 1] as number) << 8) | (bytes[at + 2] as number) : uint32(bytes, at + 1)
    if (size !== end - at - head || this.items < 1) return this.#last(this.value())
    this.at = end
    return bytes.subarray(at + head, end)
  }

  #truncated(): never {
    return this.malformed('the value runs past the end')
  }

  #fail(code: CloseCode, why: string): never {
    const kind = kindNames[(this.bytes[this.#start] ?? 0) & 31] ?? 'message'
    throw new ProtocolViolation(code, `${kind}: ${why} (byte ${this.at - this.#start})`)
  }
}

function uint32(bytes: Uint8Array, at: number): number {
  const low = ((bytes[at + 1] as number) << 16) | ((bytes[at + 2] as number) << 8) | (bytes[at + 3] as number)
  return (bytes[at] as number) * 0x100_0000 + low
}

import type { ValueReader } from '../value-reader.ts'
import { readVarint } from '../varint.ts'

// What values that are laid out by shape are read of. Functions, so that those who know of no shapes do not carry them.

// The chunk that was read last stays alive until there is another one: no more than it.
const longestViewed = 65_536
let seen: Uint8Array | undefined
let viewed: Uint8Array | undefined
let view: DataView | undefined

const eightBytes = /* @__PURE__ */ new Uint8Array(8)
const asFloat64 = /* @__PURE__ */ new Float64Array(eightBytes.buffer)

/** A string and nothing else. */
export function readText(reader: ValueReader): string {
  const token = reader.at < reader.end ? (reader.bytes[reader.at] as number) : 0
  if (token >= 0xa0 && token < 0xc0) {
    reader.at++
    return reader.utf8(token & 31)
  }
  const value = reader.value()
  return typeof value === 'string' ? value : reader.malformed('a value that is no string')
}

/** A finite number. */
export function readNumber(reader: ValueReader): number {
  const first = reader.at < reader.end ? (reader.bytes[reader.at] as number) : 0xc1
  if (first < 0x80) {
    reader.at++
    return first
  }
  const value = first === 0xcb ? float64(reader) : first === 0xce ? uint32(reader) : reader.value()
  return Number.isFinite(value) ? (value as number) : reader.malformed('a value that is no finite number')
}

// What most numbers are is read without looking at what else they might be.

function float64(reader: ValueReader): number {
  const { bytes } = reader
  const at = token(reader, 9)
  if (bytes === viewed && view !== undefined) return view.getFloat64(at + 1)
  // A view costs more than one float: a chunk gets one with its second.
  if (bytes === seen) {
    viewed = bytes
    view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
    return view.getFloat64(at + 1)
  }
  if (bytes.length <= longestViewed) seen = bytes
  for (let index = 0; index < 8; index++) eightBytes[7 - index] = bytes[at + 1 + index] as number
  return asFloat64[0] as number
}

function uint32(reader: ValueReader): number {
  const { bytes } = reader
  const at = token(reader, 5)
  const low = ((bytes[at + 2] as number) << 16) | ((bytes[at + 3] as number) << 8) | (bytes[at + 4] as number)
  return (bytes[at + 1] as number) * 0x100_0000 + low
}

/** Moves past a value of so many bytes, and says where it began. */
function token(reader: ValueReader, size: number): number {
  const at = reader.skip(size)
  return --reader.items < 0 ? reader.malformed(`more than ${reader.limits.items} items`) : at
}

/** An integer that a number holds exactly. */
export function readInt(reader: ValueReader): number {
  const value = readNumber(reader)
  return Number.isSafeInteger(value) ? value : reader.malformed('a value that is no integer')
}

export function readBoolean(reader: ValueReader): boolean {
  const byte = readByte(reader)
  return byte === 0xc3 || (byte !== 0xc2 && reader.malformed('a value that is no boolean'))
}

/** A number of one byte. */
export function readByte(reader: ValueReader): number {
  const at = reader.skip(1)
  return reader.bytes[at] as number
}

/** Which one of several, as a varint. */
export function readCounted(reader: ValueReader): number {
  const byte = reader.at < reader.end ? (reader.bytes[reader.at] as number) : 0x80
  if (byte < 0x80) {
    reader.at++
    return byte
  }
  const value = readVarint(reader)
  return value >= 0 ? value : reader.malformed('a count that is no minimal varint')
}

/** How many parts follow, `most` at most. Each of them counts, whether or not it takes bytes. */
export function readSize(reader: ValueReader, most = Number.POSITIVE_INFINITY): number {
  const size = readCounted(reader)
  if (size > most) reader.malformed(`more than ${most} parts that take no bytes`)
  reader.items -= size
  return reader.items < 0 ? reader.malformed(`more than ${reader.limits.items} items`) : size
}

/** Enters an object, array or record. */
export function enter(reader: ValueReader): void {
  if (--reader.depth < 0) reader.malformed(`nested deeper than ${reader.limits.depth}`)
}

/** Leaves it. */
export function leave(reader: ValueReader): void {
  reader.depth++
}

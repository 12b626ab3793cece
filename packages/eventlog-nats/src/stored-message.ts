// Theory of operation
//
// One message of the stream holds a run of records of one topic, so that publishers that are quicker than the engine
// answers share its round trips. A message says which offset its run follows. Offsets count records, and the engine
// counts messages of all topics together; the two meet in the *anchor*, a message that follows nothing: the first of its
// topic, or the first after all the others came of age. It cannot know which offsets the forgotten ones had, so it goes
// on where none of them can have been: at its own sequence times the most records that a message holds. By induction the
// record after sequence s never has an offset above `(s + 1) * mostRecords`, so offsets only grow, and who stood before
// an anchor sees a hole.
//
//   byte 0     format (high half, 1) and kind (low half, 0: follows an offset, 1: anchor)
//   byte 1–4   tag of the epoch in which it was written
//   varint     the offset that it follows; only of kind 0
//   varint     how many records, 0 or more (none: it only says that the topic stands there)
//   then for each: varint length, bytes

/** The most records in one message. */
export const mostRecords = 1024

/** One message as its topic sees it. */
export interface Run {
  /** The offset before the first of `records`. */
  readonly base: number
  readonly records: readonly Uint8Array[]
}

/** What `decodeRun` says of bytes that no log of this epoch wrote. */
export type Foreign = 'other-epoch' | 'malformed'

const follows = 0x10
const anchor = 0x11
const headBytes = 5

/** What a record costs in a message beside its bytes, at most; and what a message costs beside its records. */
export const recordOverhead = 5
export const messageOverhead = headBytes + 8 + 2

/** `base` undefined makes an anchor. */
export function encodeRun(tag: number, base: number | undefined, records: readonly Uint8Array[]): Uint8Array {
  let size = headBytes + (base === undefined ? 0 : varintSize(base)) + varintSize(records.length)
  for (const { length } of records) size += varintSize(length) + length
  const bytes = new Uint8Array(size)
  bytes[0] = base === undefined ? anchor : follows
  for (let i = 0; i < 4; i++) bytes[1 + i] = tag >>> (24 - 8 * i)
  let at = headBytes
  if (base !== undefined) at = writeVarint(bytes, at, base)
  at = writeVarint(bytes, at, records.length)
  for (const record of records) {
    at = writeVarint(bytes, at, record.length)
    bytes.set(record, at)
    at += record.length
  }
  return bytes
}

/** Reads a message that is stored at `sequence`. The records are views of `bytes`. */
export function decodeRun(bytes: Uint8Array, tag: number, sequence: number): Run | Foreign {
  const kind = bytes[0]
  if (kind !== follows && kind !== anchor) return 'malformed'
  if (bytes.length < headBytes) return 'malformed'
  if (((bytes[1]! << 24) | (bytes[2]! << 16) | (bytes[3]! << 8) | bytes[4]!) >>> 0 !== tag) return 'other-epoch'
  const reader: Reader = { bytes, at: headBytes }
  const base = kind === anchor ? sequence * mostRecords : readVarint(reader)
  const count = readVarint(reader)
  if (count > mostRecords || !(base <= mostOffset)) return 'malformed'
  const records: Uint8Array[] = []
  for (let i = 0; i < count; i++) {
    const length = readVarint(reader)
    if (!(reader.at + length <= bytes.length)) return 'malformed'
    records.push(bytes.subarray(reader.at, reader.at + length))
    reader.at += length
  }
  return reader.at === bytes.length && count === records.length ? { base, records } : 'malformed'
}

const mostOffset = Number.MAX_SAFE_INTEGER - mostRecords

interface Reader {
  readonly bytes: Uint8Array
  at: number
}

/** NaN when there is none: every comparison with it is false. */
function readVarint(reader: Reader): number {
  let value = 0
  let scale = 1
  for (let i = 0; i < 8; i++) {
    const byte = reader.bytes[reader.at++]
    if (byte === undefined) return Number.NaN
    value += (byte & 127) * scale
    if (byte < 128) return value <= Number.MAX_SAFE_INTEGER ? value : Number.NaN
    scale *= 128
  }
  return Number.NaN
}

function writeVarint(bytes: Uint8Array, start: number, value: number): number {
  let at = start
  let rest = value
  while (rest >= 128) {
    bytes[at++] = (rest % 128) | 128
    rest = Math.floor(rest / 128)
  }
  bytes[at++] = rest
  return at
}

function varintSize(value: number): number {
  let size = 1
  for (let rest = value; rest >= 128; rest = Math.floor(rest / 128)) size++
  return size
}

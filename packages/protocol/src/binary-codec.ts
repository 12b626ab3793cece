import type { Encoded } from './encoded.ts'
import { keyTooLong } from './error.ts'
import { checkPatch, fieldTables, pickFields, readFields } from './fields.ts'
import { type CodecLimits, maxKeyBytes } from './limits.ts'
import { Kind, type Message } from './message.ts'
import type { Room } from './room.ts'
import { giveBack, takeWriter } from './spare-writer.ts'
import { closeCode } from './status.ts'
import { systemText } from './system.ts'
import type { TextCoder } from './text.ts'
import { type ValueDecoder, ValueReader } from './value-reader.ts'
import type { ValueWriter } from './value-writer.ts'
import { ProtocolViolation } from './violation.ts'
import { type ValueEncoder, writeContent } from './write-content.ts'

// The first byte: the kind in its low five bits, flags above them.
const flag1 = 0x20
const flag2 = 0x40
/** The value is laid out by shape. */
const flag4 = 0x80
/** The kinds that have it: a bit for each. */
const laidKinds = (1 << Kind.call) | (1 << Kind.notify) | (1 << Kind.result) | (1 << Kind.event)

/** What a kind has after its first byte: numbers, then a value, fields or nothing. */
interface Parts {
  readonly numbers: readonly string[]
  /** What flag 1 says, and what flag 2 does. */
  readonly flags?: readonly string[]
  readonly value?: string
}

/** Those of the kinds that have more than fields; a call has two parts of its own that are there by flags. */
const parts: { readonly [kind: number]: Parts | undefined } = {
  [Kind.call]: { numbers: ['id', 'method'], value: 'input' },
  [Kind.notify]: { numbers: ['method'], value: 'input' },
  [Kind.result]: { numbers: ['id'], value: 'output' },
  [Kind.error]: { numbers: ['id'] },
  [Kind.cancel]: { numbers: ['id'] },
  [Kind.item]: { numbers: ['id'], flags: ['fromCallee', 'waited'], value: 'value' },
  [Kind.end]: { numbers: ['id'], flags: ['fromCallee'], value: 'value' },
  [Kind.state]: { numbers: [], flags: ['patch'], value: 'value' },
  [Kind.event]: { numbers: ['alias', 'offset'], flags: ['advance'], value: 'payload' },
  [Kind.snapshot]: { numbers: ['alias', 'offset'], value: 'value' },
  [Kind.ack]: { numbers: ['count'] },
  [Kind.credit]: { numbers: ['id', 'bytes', 'items'], flags: ['fromCallee'] },
  [Kind.ping]: { numbers: ['nonce'] },
  [Kind.pong]: { numbers: ['nonce'] },
}

/**
 * Which layouts hold for what a peer sends on one connection; what it must not lay out is read by what throws a
 * ProtocolViolation 4400.
 */
export interface Layouts {
  /** For calls and notifications. */
  input(method: number): ValueDecoder
  output(id: number): ValueDecoder
  payload(alias: number): ValueDecoder
}

const onlyFields: Parts = { numbers: [] }
const noFlags: readonly string[] = []

/**
 * Messages as bytes (`wirepact.1`). It keeps nothing of the messages it has seen, so that one codec may serve all
 * connections that have the same limits.
 */
export class BinaryCodec {
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
   * Encodes any message; what it returns is borrowed until the next one is encoded. It lies in `room` if that was large
   * enough.
   * @throws WirepactError `invalid-input` for a value that cannot travel: "cannot send a Foo at .a[0].b"
   */
  encode(message: Message, room?: Room, laid?: ValueEncoder): Encoded {
    if (message.kind === Kind.call)
      return this.encodeCall(message.id, message.method, message.input, message.timeoutMs, message.key, room, laid)
    const { kind } = message
    const named = message as unknown as Readonly<Record<string, unknown>>
    const { numbers, flags = noFlags, value } = parts[kind] ?? onlyFields
    const table = fieldTables[kind]
    let first: number = kind
    for (let bit = 0; bit < flags.length; bit++) if (named[flags[bit] as string] === true) first |= flag1 << bit
    // The map of fields is no value, and does not count as nesting.
    const writer = this.#begin(first, room, table === undefined ? 0 : 1)
    for (const name of numbers) writer.varint(numeric(name, named[name]))
    const content = table === undefined ? named[value as string] : pickFields(message, table)
    // An event that is only news of the position has no payload.
    if (content !== undefined && named.advance !== true) writeContent(writer, content, laid)
    return this.#finish(writer)
  }

  /** As {@link encode} of a call, without making a message. */
  encodeCall(
    id: number,
    method: number | string,
    input: unknown,
    timeoutMs: number | undefined,
    key: string | undefined,
    room?: Room,
    laid?: ValueEncoder,
  ): Encoded {
    const writer = this.#begin(
      Kind.call | (timeoutMs === undefined ? 0 : flag1) | (key === undefined ? 0 : flag2),
      room,
    )
    writer.varint(id)
    writer.varint(numeric('method', method))
    if (timeoutMs !== undefined) writer.varint(timeoutMs)
    if (key !== undefined && (key.length > maxKeyBytes || writer.string(key) > maxKeyBytes)) throw keyTooLong()
    if (input !== undefined) writeContent(writer, input, laid)
    return this.#finish(writer)
  }

  /** As {@link encode} of a result, without making a message. Undefined where it must fit the layout and does not. */
  encodeResult(id: number, output: unknown, room?: Room, laid?: ValueEncoder): Encoded
  encodeResult(id: number, output: unknown, room?: Room, laid?: ValueEncoder, mustFit?: boolean): Encoded | undefined
  encodeResult(id: number, output: unknown, room?: Room, laid?: ValueEncoder, mustFit?: boolean): Encoded | undefined {
    const writer = this.#begin(Kind.result, room)
    writer.varint(id)
    const refused = mustFit === true && laid?.write(writer, output) !== true
    if (mustFit !== true && output !== undefined) writeContent(writer, output, laid)
    const encoded = this.#finish(writer)
    return refused ? undefined : encoded
  }

  /** As {@link encode} of an item, without making a message. */
  encodeItem(id: number, fromCallee: boolean, waited: boolean, value: unknown, room?: Room): Encoded {
    const writer = this.#begin(Kind.item | (fromCallee ? flag1 : 0) | (waited ? flag2 : 0), room)
    writer.varint(id)
    if (value !== undefined) writeContent(writer, value)
    return this.#finish(writer)
  }

  /**
   * Decodes the message that is all of `[start, end)`. Nothing of it shares memory with `bytes`, unless those are given
   * away: a content that is nothing but bytes then stays where it is.
   * @param layouts what both sides know the shape of. @default nothing
   * @throws ProtocolViolation and nothing else
   */
  decode(bytes: Uint8Array, start: number, end: number, given = false, layouts?: Layouts): Message {
    if (end - start > this.#limits.messageBytes)
      throw new ProtocolViolation(closeCode.messageTooLarge, `a message of ${end - start} bytes is too large`)
    if (end <= start) throw new ProtocolViolation(closeCode.protocolViolation, 'an empty message')
    const first = bytes[start] as number
    const kind = first & 0x1f
    const flags = first & 0xe0
    if (flags !== 0 && (flags & ~allowedFlags(kind, layouts)) !== 0) unknown(first)
    const reader = this.#reader
    reader.begin(bytes, start, end, given)
    reader.at = start + 1
    const message = readBody(reader, kind, flags, layouts)
    reader.release()
    return message
  }

  #begin(first: number, room?: Room, extraDepth = 0): ValueWriter {
    const writer = takeWriter()
    writer.begin(first, this.#limits.depth + extraDepth, this.#text, room)
    return writer
  }

  #finish(writer: ValueWriter): Encoded {
    giveBack(writer)
    const encoded = this.#encoded
    if (encoded.bytes !== writer.bytes) encoded.bytes = writer.bytes
    encoded.start = writer.start
    encoded.end = writer.at
    return encoded
  }
}

function numeric(field: string, value: unknown): number {
  if (typeof value === 'number') return value
  throw new TypeError(`the binary form needs a number as ${field}, not ${value}`)
}

function allowedFlags(kind: number, layouts: Layouts | undefined): number {
  const laid = layouts !== undefined && ((laidKinds >> kind) & 1) === 1 ? flag4 : 0
  if (kind === Kind.call) return flag1 | flag2 | laid
  const { length } = parts[kind]?.flags ?? noFlags
  return laid | (length === 0 ? 0 : length === 1 ? flag1 : flag1 | flag2)
}

/** @throws ProtocolViolation 4400, always */
function unknown(first: number): never {
  throw new ProtocolViolation(closeCode.protocolViolation, `unknown kind or flags: ${first} (byte 0)`)
}

function readBody(reader: ValueReader, kind: number, flags: number, layouts: Layouts | undefined): Message {
  const shapes = (flags & flag4) === 0 ? undefined : layouts
  switch (kind) {
    case Kind.call: {
      const id = reader.varint('id')
      const method = reader.varint('method')
      const timeoutMs = (flags & flag1) === 0 ? undefined : reader.varint('timeoutMs')
      const key = (flags & flag2) === 0 ? undefined : reader.string('key', maxKeyBytes)
      const input = reader.rest(shapes?.input(method))
      return { kind, id, method, timeoutMs, key, input, laid: shapes && true }
    }
    case Kind.result: {
      const id = reader.varint('id')
      return { kind, id, output: reader.rest(shapes?.output(id)) }
    }
    case Kind.event: {
      const alias = reader.varint('alias')
      const offset = reader.varint('offset')
      const advance = (flags & flag1) !== 0
      if (advance) reader.finish()
      return { kind, alias, offset, advance, payload: reader.rest(shapes?.payload(alias)) }
    }
    case Kind.notify: {
      const method = reader.varint('method')
      return { kind, method, input: reader.rest(shapes?.input(method)), laid: shapes && true }
    }
    case Kind.item: {
      const id = reader.varint('id')
      return { kind, id, fromCallee: (flags & flag1) !== 0, waited: (flags & flag2) !== 0, value: reader.rest() }
    }
    default:
      return readParts(reader, kind as Kind, flags !== 0)
  }
}

/** The messages that do not come by the thousand. */
function readParts(reader: ValueReader, kind: Kind, isFlagged: boolean): Message {
  const message: Record<string, unknown> = { kind }
  const table = fieldTables[kind]
  const { numbers, flags, value } = parts[kind] ?? (table === undefined ? unknown(kind) : onlyFields)
  for (const name of numbers) message[name] = reader.varint(name)
  if (flags !== undefined) message[flags[0] as string] = isFlagged
  if (table !== undefined) readFields(kind, message, reader.fields(), table)
  else if (value !== undefined) message[value] = reader.rest()
  else reader.finish()
  if (message.patch === true) checkPatch(message.value)
  // A kind's layout and table say what its interface says.
  return message as unknown as Message
}

import type { Encoded } from './encoded.ts'
import { keyTooLong } from './error.ts'
import { checkPatch, fieldTables, pickFields, readFields } from './fields.ts'
import { type CodecLimits, maxKeyBytes } from './limits.ts'
import { Kind, type Message } from './message.ts'
import type { Room } from './room.ts'
import { closeCode } from './status.ts'
import { systemText } from './system.ts'
import type { TextCoder } from './text.ts'
import { ValueReader } from './value-reader.ts'
import { ValueWriter } from './value-writer.ts'
import { ProtocolViolation } from './violation.ts'

// The first byte: the kind in its low five bits, flags above them.
const flag1 = 0x20
const flag2 = 0x40

/** How a kind is laid out after its first byte: numbers, then a value, fields or nothing. */
interface Layout {
  readonly numbers: readonly string[]
  /** What flag 1 says, and what flag 2 does. */
  readonly flags?: readonly string[]
  readonly value?: string
}

/** Those of the kinds that have more than fields; a call has two parts of its own that are there by flags. */
const layouts: { readonly [kind: number]: Layout | undefined } = {
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

const onlyFields: Layout = { numbers: [] }
const noFlags: readonly string[] = []

// One buffer serves every codec: what is encoded is borrowed until the next message is. While a message is being
// written the slot is empty, so that a getter in the application's value may encode another one.
let spareWriter: ValueWriter | undefined

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
  encode(message: Message, room?: Room): Encoded {
    if (message.kind === Kind.call)
      return this.encodeCall(message.id, message.method, message.input, message.timeoutMs, message.key, room)
    const { kind } = message
    const parts = message as unknown as Readonly<Record<string, unknown>>
    const { numbers, flags = noFlags, value } = layouts[kind] ?? onlyFields
    const table = fieldTables[kind]
    let first: number = kind
    for (let bit = 0; bit < flags.length; bit++) if (parts[flags[bit] as string] === true) first |= flag1 << bit
    // The map of fields is no value, and does not count as nesting.
    const writer = this.#begin(first, room, table === undefined ? 0 : 1)
    for (const name of numbers) writer.varint(numeric(name, parts[name]))
    const content = table === undefined ? parts[value as string] : pickFields(message, table)
    // An event that is only news of the position has no payload.
    if (content !== undefined && parts.advance !== true) writer.content(content)
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
  ): Encoded {
    const writer = this.#begin(
      Kind.call | (timeoutMs === undefined ? 0 : flag1) | (key === undefined ? 0 : flag2),
      room,
    )
    writer.varint(id)
    writer.varint(numeric('method', method))
    if (timeoutMs !== undefined) writer.varint(timeoutMs)
    if (key !== undefined && (key.length > maxKeyBytes || writer.string(key) > maxKeyBytes)) throw keyTooLong()
    if (input !== undefined) writer.content(input)
    return this.#finish(writer)
  }

  /** As {@link encode} of a result, without making a message. */
  encodeResult(id: number, output: unknown, room?: Room): Encoded {
    const writer = this.#begin(Kind.result, room)
    writer.varint(id)
    if (output !== undefined) writer.content(output)
    return this.#finish(writer)
  }

  /** As {@link encode} of an item, without making a message. */
  encodeItem(id: number, fromCallee: boolean, waited: boolean, value: unknown, room?: Room): Encoded {
    const writer = this.#begin(Kind.item | (fromCallee ? flag1 : 0) | (waited ? flag2 : 0), room)
    writer.varint(id)
    if (value !== undefined) writer.content(value)
    return this.#finish(writer)
  }

  /** An event whose payload `encodeValue` has encoded before. */
  eventFromBytes(alias: number, offset: number, payload: Uint8Array): Encoded {
    const writer = this.#begin(Kind.event)
    writer.varint(alias)
    writer.varint(offset)
    writer.append(payload)
    return this.#finish(writer)
  }

  /** One value alone, in bytes that are the caller's to keep; none for `undefined`. @throws as {@link encode} */
  encodeValue(value: unknown): Uint8Array {
    const writer = this.#begin(0)
    if (value !== undefined) writer.content(value)
    const { bytes, end } = this.#finish(writer)
    return bytes.slice(1, end)
  }

  /** The value that is all of `[start, end)`. @throws ProtocolViolation 4422 */
  decodeValue(bytes: Uint8Array, start: number, end: number): unknown {
    const reader = this.#reader
    reader.begin(bytes, start, end)
    const value = reader.rest()
    reader.release()
    return value
  }

  /**
   * Decodes the message that is all of `[start, end)`. Nothing of it shares memory with `bytes`, unless those are given
   * away: a content that is nothing but bytes then stays where it is.
   * @throws ProtocolViolation and nothing else
   */
  decode(bytes: Uint8Array, start: number, end: number, given = false): Message {
    if (end - start > this.#limits.messageBytes)
      throw new ProtocolViolation(closeCode.messageTooLarge, `a message of ${end - start} bytes is too large`)
    if (end <= start) throw new ProtocolViolation(closeCode.protocolViolation, 'an empty message')
    const first = bytes[start] as number
    const kind = first & 0x1f
    const flags = first & 0xe0
    if (flags !== 0 && (flags & ~allowedFlags(kind)) !== 0) unknown(first)
    const reader = this.#reader
    reader.begin(bytes, start, end, given)
    reader.at = start + 1
    const message = readBody(reader, kind, flags)
    reader.release()
    return message
  }

  #begin(first: number, room?: Room, extraDepth = 0): ValueWriter {
    const writer = spareWriter ?? new ValueWriter()
    spareWriter = undefined
    writer.begin(first, this.#limits.depth + extraDepth, this.#text, room)
    return writer
  }

  #finish(writer: ValueWriter): Encoded {
    spareWriter = writer
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

function allowedFlags(kind: number): number {
  if (kind === Kind.call) return flag1 | flag2
  const { length } = layouts[kind]?.flags ?? noFlags
  return length === 0 ? 0 : length === 1 ? flag1 : flag1 | flag2
}

/** @throws ProtocolViolation 4400, always */
function unknown(first: number): never {
  throw new ProtocolViolation(closeCode.protocolViolation, `unknown kind or flags: ${first} (byte 0)`)
}

function readBody(reader: ValueReader, kind: number, flags: number): Message {
  switch (kind) {
    case Kind.call: {
      const id = reader.varint('id')
      const method = reader.varint('method')
      const timeoutMs = (flags & flag1) === 0 ? undefined : reader.varint('timeoutMs')
      const key = (flags & flag2) === 0 ? undefined : reader.string('key', maxKeyBytes)
      return { kind, id, method, timeoutMs, key, input: reader.rest() }
    }
    case Kind.result:
      return { kind, id: reader.varint('id'), output: reader.rest() }
    case Kind.event: {
      const alias = reader.varint('alias')
      const offset = reader.varint('offset')
      const advance = flags !== 0
      if (advance) reader.finish()
      return { kind, alias, offset, advance, payload: reader.rest() }
    }
    case Kind.notify:
      return { kind, method: reader.varint('method'), input: reader.rest() }
    case Kind.item: {
      const id = reader.varint('id')
      return { kind, id, fromCallee: (flags & flag1) !== 0, waited: (flags & flag2) !== 0, value: reader.rest() }
    }
    default:
      return readLayout(reader, kind as Kind, flags !== 0)
  }
}

/** The messages that do not come by the thousand. */
function readLayout(reader: ValueReader, kind: Kind, isFlagged: boolean): Message {
  const message: Record<string, unknown> = { kind }
  const table = fieldTables[kind]
  const { numbers, flags, value } = layouts[kind] ?? (table === undefined ? unknown(kind) : onlyFields)
  for (const name of numbers) message[name] = reader.varint(name)
  if (flags !== undefined) message[flags[0] as string] = isFlagged
  if (table !== undefined) readFields(kind, message, reader.fields(), table)
  else if (value !== undefined) message[value] = reader.rest()
  else reader.finish()
  if (message.patch === true) checkPatch(message.value)
  // A kind's layout and table say what its interface says.
  return message as unknown as Message
}

import type { Encoded } from './encoded.ts'
import { keyTooLong } from './error.ts'
import { checkPatch, type FieldTable, fieldTables, pickFields, readFields } from './fields.ts'
import { type CodecLimits, maxKeyBytes } from './limits.ts'
import { Kind, type Message } from './message.ts'
import { refusal, refusedValue } from './refusal.ts'
import { closeCode } from './status.ts'
import { systemText } from './system.ts'
import type { TextCoder } from './text.ts'
import { ValueReader } from './value-reader.ts'
import { ValueWriter } from './value-writer.ts'
import { ProtocolViolation } from './violation.ts'

// The first byte: the kind in its low five bits, flags above them.
const flag1 = 0x20
const flag2 = 0x40

/** Which flags a kind may have, by its number; all other kinds have none. */
const allowedFlags: { readonly [kind: number]: number | undefined } = {
  [Kind.call]: flag1 | flag2,
  [Kind.item]: flag1,
  [Kind.end]: flag1,
  [Kind.state]: flag1,
  [Kind.event]: flag1,
}

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
   * Encodes any message; what it returns is borrowed until the next one is encoded.
   * @throws WirepactError `invalid-input` for a value that cannot travel: "cannot send a Foo at .a[0].b"
   */
  encode(message: Message): Encoded {
    switch (message.kind) {
      case Kind.call:
        return this.encodeCall(message.id, message.method, message.input, message.timeoutMs, message.key)
      case Kind.result:
        return this.encodeResult(message.id, message.output)
      case Kind.event:
        if (message.advance === true) return this.#numbers(Kind.event | flag1, message.alias, message.offset)
        return this.encodeEvent(message.alias, message.offset, message.payload)
      case Kind.notify:
        return this.#valued(Kind.notify, [methodNumber(message.method)], message.input)
      case Kind.cancel:
        return this.#numbers(Kind.cancel, message.id)
      case Kind.item:
      case Kind.end:
        return this.#valued(message.kind | (message.fromCallee === true ? flag1 : 0), [message.id], message.value)
      case Kind.state:
        return this.#valued(Kind.state | (message.patch === true ? flag1 : 0), [], message.value)
      case Kind.snapshot:
        return this.#valued(Kind.snapshot, [message.alias, message.offset], message.value)
      case Kind.ack:
        return this.#numbers(Kind.ack, message.count)
      case Kind.credit:
        return this.#numbers(Kind.credit, message.id, message.bytes, message.items)
      case Kind.ping:
      case Kind.pong:
        return this.#numbers(message.kind, message.nonce)
      case Kind.error:
        return this.#valued(Kind.error, [message.id], pickFields(message, fieldTables[Kind.error] as FieldTable))
      default:
        return this.#valued(message.kind, [], pickFields(message, fieldTables[message.kind] as FieldTable))
    }
  }

  /** As {@link encode} of a call, without making a message. */
  encodeCall(
    id: number,
    method: number | string,
    input: unknown,
    timeoutMs: number | undefined,
    key: string | undefined,
  ): Encoded {
    const writer = this.#begin(Kind.call | (timeoutMs === undefined ? 0 : flag1) | (key === undefined ? 0 : flag2))
    writer.varint(id)
    writer.varint(methodNumber(method))
    if (timeoutMs !== undefined) writer.varint(timeoutMs)
    if (key !== undefined && (key.length > maxKeyBytes || writer.string(key) > maxKeyBytes)) throw keyTooLong()
    if (input !== undefined) this.#value(writer, input)
    return this.#finish(writer)
  }

  /** As {@link encode} of a result, without making a message. */
  encodeResult(id: number, output: unknown): Encoded {
    const writer = this.#begin(Kind.result)
    writer.varint(id)
    if (output !== undefined) this.#value(writer, output)
    return this.#finish(writer)
  }

  /** As {@link encode} of an event, without making a message. */
  encodeEvent(alias: number, offset: number, payload: unknown): Encoded {
    const writer = this.#begin(Kind.event)
    writer.varint(alias)
    writer.varint(offset)
    if (payload !== undefined) this.#value(writer, payload)
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
    if (value !== undefined) this.#value(writer, value)
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
   * Decodes the message that is all of `[start, end)`. Nothing of it shares memory with `bytes`.
   * @throws ProtocolViolation and nothing else
   */
  decode(bytes: Uint8Array, start: number, end: number): Message {
    if (end - start > this.#limits.messageBytes)
      throw new ProtocolViolation(closeCode.messageTooLarge, `a message of ${end - start} bytes is too large`)
    if (end <= start) throw new ProtocolViolation(closeCode.protocolViolation, 'an empty message')
    const first = bytes[start] as number
    const kind = first & 0x1f
    const flags = first & 0xe0
    if (flags !== 0 && (flags & ~(allowedFlags[kind] ?? 0)) !== 0)
      throw new ProtocolViolation(closeCode.protocolViolation, `unknown kind or flags: ${first} (byte 0)`)
    const reader = this.#reader
    reader.begin(bytes, start, end)
    reader.at = start + 1
    const message = readBody(reader, kind, flags)
    reader.release()
    return message
  }

  #begin(first: number): ValueWriter {
    const writer = spareWriter ?? new ValueWriter()
    spareWriter = undefined
    writer.begin(first, this.#limits.depth, this.#text)
    return writer
  }

  #finish(writer: ValueWriter): Encoded {
    spareWriter = writer
    const encoded = this.#encoded
    encoded.bytes = writer.bytes
    encoded.end = writer.at
    return encoded
  }

  #numbers(first: number, a: number, b?: number, c?: number): Encoded {
    const writer = this.#begin(first)
    writer.varint(a)
    if (b !== undefined) writer.varint(b)
    if (c !== undefined) writer.varint(c)
    return this.#finish(writer)
  }

  #valued(first: number, numbers: readonly number[], value: unknown): Encoded {
    const writer = this.#begin(first)
    for (const number of numbers) writer.varint(number)
    if (value !== undefined) this.#value(writer, value)
    return this.#finish(writer)
  }

  #value(writer: ValueWriter, value: unknown): void {
    try {
      writer.value(value)
    } catch (error) {
      throw error === refusedValue ? refusal(value, this.#limits.depth) : error
    }
  }
}

function methodNumber(method: number | string): number {
  if (typeof method === 'number') return method
  throw new TypeError(`the binary form needs the number of the method ${method}`)
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
    case Kind.item:
    case Kind.end:
      return { kind, id: reader.varint('id'), fromCallee: flags !== 0, value: reader.rest() }
    case Kind.state: {
      const value = reader.rest()
      if (flags !== 0) checkPatch(value)
      return { kind, patch: flags !== 0, value }
    }
    case Kind.snapshot:
      return { kind, alias: reader.varint('alias'), offset: reader.varint('offset'), value: reader.rest() }
    case Kind.error:
      return withFields(reader, { kind, id: reader.varint('id') })
    default:
      return kind >= Kind.hello ? withFields(reader, { kind: kind as Kind }) : readNumbers(reader, kind)
  }
}

/** The messages that are numbers only. */
function readNumbers(reader: ValueReader, kind: number): Message {
  let message: Message
  switch (kind) {
    case Kind.cancel:
      message = { kind, id: reader.varint('id') }
      break
    case Kind.ack:
      message = { kind, count: reader.varint('count') }
      break
    case Kind.credit:
      message = { kind, id: reader.varint('id'), bytes: reader.varint('bytes'), items: reader.varint('items') }
      break
    case Kind.ping:
    case Kind.pong:
      message = { kind, nonce: reader.varint('nonce') }
      break
    default:
      return unknownKind(kind)
  }
  reader.finish()
  return message
}

function withFields(reader: ValueReader, message: { kind: Kind; id?: number }): Message {
  const table = fieldTables[message.kind]
  if (table === undefined) return unknownKind(message.kind)
  // The table of a kind says exactly what its interface says; `x.test-d.ts` could not show it better than the tests do.
  return readFields(message.kind, message, reader.rest(), table) as unknown as Message
}

function unknownKind(kind: number): never {
  throw new ProtocolViolation(closeCode.protocolViolation, `unknown kind ${kind} (byte 0)`)
}

import { keyTooLong } from './error.ts'
import {
  anything,
  type Check,
  checkPatch,
  count,
  type FieldTable,
  fieldTables,
  flag,
  numberOrName,
  optional,
  pickFields,
  readFields,
  violate,
  wrong,
} from './fields.ts'
import { JsonReviver, tagForJson } from './json-tree.ts'
import { type CodecLimits, maxKeyBytes } from './limits.ts'
import { Kind, type KindName, kindNames, type Message } from './message.ts'
import { isPlain } from './plain-object.ts'
import { Refusal } from './refusal.ts'
import { closeCode } from './status.ts'
import { taggedTree } from './tagged-tree.ts'
import { utf8Size, wellFormed } from './text.ts'
import { ProtocolViolation } from './violation.ts'

const maybeFlag: Check = optional(flag)

const idempotencyKey: Check = {
  want: `a string of at most ${maxKeyBytes} bytes`,
  optional: true,
  read: (value) => (typeof value === 'string' && utf8Size(value) <= maxKeyBytes ? value : wrong),
}

/** In this form every message is named fields; these are the kinds that have positions in the binary one. */
const positional: { readonly [kind: number]: FieldTable | undefined } = {
  [Kind.call]: {
    id: count,
    method: numberOrName,
    timeoutMs: optional(count),
    key: idempotencyKey,
    input: anything,
  },
  [Kind.notify]: { method: numberOrName, input: anything },
  [Kind.result]: { id: count, output: anything },
  [Kind.error]: { id: count, ...fieldTables[Kind.error] },
  [Kind.cancel]: { id: count },
  [Kind.item]: { id: count, fromCallee: maybeFlag, waited: maybeFlag, value: anything },
  [Kind.end]: { id: count, fromCallee: maybeFlag, value: anything },
  [Kind.state]: { patch: maybeFlag, value: anything },
  [Kind.event]: { alias: count, offset: count, advance: maybeFlag, payload: anything },
  [Kind.snapshot]: { alias: count, offset: count, value: anything },
  [Kind.ack]: { count },
  [Kind.credit]: { id: count, fromCallee: maybeFlag, bytes: count, items: count },
  [Kind.ping]: { nonce: count },
  [Kind.pong]: { nonce: count },
}

/** Messages as JSON text (`wirepact.1+json`): the same messages and values as {@link BinaryCodec}, readable. */
export class JsonCodec {
  readonly #limits: CodecLimits
  readonly #reviver: JsonReviver

  constructor(limits: CodecLimits) {
    this.#limits = limits
    this.#reviver = new JsonReviver(limits)
  }

  /** @throws WirepactError `invalid-input` for a value that cannot travel, or a key that is too long */
  encode(message: Message): string {
    if (message.kind === Kind.call && message.key !== undefined && utf8Size(message.key) > maxKeyBytes)
      throw keyTooLong()
    const table = tableOf(message.kind)
    const fields = pickFields(message, table)
    const result: Record<string, unknown> = { kind: kindNames[message.kind] }
    for (const name of Object.keys(fields)) {
      // Flags that are not set are left out, as absent fields are.
      if (table[name] !== maybeFlag || fields[name] === true) result[name] = this.#tree(fields[name])
    }
    return JSON.stringify(result)
  }

  encodeCall(
    id: number,
    method: number | string,
    input: unknown,
    timeoutMs: number | undefined,
    key: string | undefined,
  ): string {
    return this.encode({ kind: Kind.call, id, method, timeoutMs, key, input })
  }

  encodeResult(id: number, output: unknown): string {
    return this.encode({ kind: Kind.result, id, output })
  }

  encodeItem(id: number, fromCallee: boolean, waited: boolean, value: unknown): string {
    return this.encode({ kind: Kind.item, id, fromCallee, waited, value })
  }

  /** An event whose payload `encodeValue` has encoded before. */
  eventFromText(alias: number, offset: number, payload: string): string {
    return `{"kind":"event","alias":${alias},"offset":${offset}${payload && `,"payload":${payload}`}}`
  }

  /** One value alone; the empty text for `undefined`. */
  encodeValue(value: unknown): string {
    return value === undefined ? '' : JSON.stringify(this.#tree(value))
  }

  /** The value that {@link encodeValue} encoded. @throws ProtocolViolation */
  decodeValue(text: string): unknown {
    this.#reviver.begin()
    return text === '' ? undefined : this.#reviver.revive(parse(text))
  }

  /** @throws ProtocolViolation and nothing else */
  decode(text: string): Message {
    if (text.length > this.#limits.messageBytes)
      throw new ProtocolViolation(closeCode.messageTooLarge, `a message of ${text.length} characters is too large`)
    const fields = parse(text)
    if (!isPlain(fields)) throw new ProtocolViolation(closeCode.protocolViolation, 'a message must be an object')
    const name = Object.hasOwn(fields, 'kind') ? fields.kind : undefined
    if (typeof name !== 'string' || !Object.hasOwn(Kind, name))
      throw new ProtocolViolation(closeCode.protocolViolation, `unknown kind ${JSON.stringify(name)?.slice(0, 30)}`)
    const kind = Kind[name as KindName]
    this.#reviveFields(kind, fields)
    return this.#check(kind, fields)
  }

  #reviveFields(kind: Kind, fields: Record<string, unknown>): void {
    const table = tableOf(kind)
    try {
      this.#reviver.begin()
      for (const field of Object.keys(fields)) {
        this.#reviver.checkKey(field)
        const value = fields[field]
        const isField = Object.hasOwn(table, field) && table[field] !== anything
        if (typeof value === 'object' || !isPositional(kind, field))
          fields[field] = isField ? this.#reviver.reviveField(value) : this.#reviver.revive(value)
        else if (typeof value === 'string') fields[field] = wellFormed(value)
      }
    } catch (error) {
      const { closeCode, message } = error as ProtocolViolation
      throw new ProtocolViolation(closeCode, `${kindNames[kind]}: ${message}`)
    }
  }

  #check(kind: Kind, fields: Record<string, unknown>): Message {
    const message: Record<string, unknown> = { kind }
    const table = tableOf(kind)
    // Among the fields of the binary form an absent flag is an absent field; by position it is one that is not set.
    if (positional[kind] !== undefined && kind !== Kind.error) {
      for (const name of Object.keys(table)) if (table[name] === maybeFlag) message[name] = false
    }
    readFields(kind, message, fields, table)
    if (message.patch === true) checkPatch(message.value)
    if (message.advance === true && message.payload !== undefined) violate(kind, 'advance has no payload')
    // A kind's table says what its interface says.
    return message as unknown as Message
  }

  #tree(value: unknown): unknown {
    try {
      return taggedTree(value, this.#limits.depth, tagForJson)
    } catch (error) {
      throw Refusal.toError(error)
    }
  }
}

/** Whether the binary form has it by position: then it is no value there, and counts as none here. */
function isPositional(kind: Kind, field: string): boolean {
  const table = positional[kind] ?? {}
  if (!Object.hasOwn(table, field)) return field === 'kind'
  return table[field] !== anything && !Object.hasOwn(fieldTables[kind] ?? {}, field)
}

function tableOf(kind: Kind): FieldTable {
  return (positional[kind] ?? fieldTables[kind]) as FieldTable
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new ProtocolViolation(closeCode.protocolViolation, 'a message that is not JSON')
  }
}

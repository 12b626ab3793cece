import type { LogRecord } from '@wirepact/eventlog'
import type { Encoded, Outgoing, Room, ValueDecoder, ValueEncoder } from '@wirepact/protocol'

/** How events reach a subscriber: as text, as plain values, or laid out by shape. */
export type EventForm = 'json' | 'plain' | 'laid'

/** Turns payloads into what a log keeps, and that into event messages, which may be overwritten by the next one. */
export interface EventCodec {
  /** A plain value. @throws WirepactError for one that cannot travel */
  encode(payload: unknown): Uint8Array
  /** A value laid out by shape, borrowed until the next message is encoded; undefined for one that does not fit. */
  layOut(payload: unknown, laid: ValueEncoder, room?: Room): Encoded | undefined
  decode(payload: Uint8Array, laid?: ValueDecoder): unknown
  binary(alias: number, offset: number, payload: Uint8Array, isLaid: boolean): Outgoing
  json(alias: number, offset: number, payload: unknown): Outgoing
}

/** What an event's messages say of its topic. */
export interface EventOrigin {
  readonly alias: number
  readonly codec: EventCodec
  readonly laid: ValueDecoder | undefined
}

// A record is a plain value, or its mark says what reads it: the log of one process may keep values as they were laid out
// by shape. Whoever has that very shape gets those bytes; for all others a plain value is made of it, once.

/** One record on its way to many: decoded and encoded at most once for each form, however many listen. */
export class SharedEvent {
  readonly record: LogRecord
  readonly #origin: EventOrigin
  readonly #isShared: boolean
  #payload: { readonly value: unknown } | undefined
  #plain: Outgoing | undefined
  #laid: Outgoing | undefined
  #json: Outgoing | undefined

  constructor(record: LogRecord, origin: EventOrigin, isShared: boolean) {
    this.record = record
    this.#origin = origin
    this.#isShared = isShared
  }

  get payload(): unknown {
    const { data, mark } = this.record
    this.#payload ??= { value: this.#origin.codec.decode(data, mark as ValueDecoder | undefined) }
    return this.#payload.value
  }

  message(form: EventForm): Outgoing {
    const { data, mark, offset } = this.record
    const { alias, codec, laid } = this.#origin
    if (form === 'json') {
      this.#json ??= codec.json(alias, offset, this.payload)
      return this.#json
    }
    if (form === 'laid' && mark !== undefined && mark === laid) {
      if (!this.#isShared) return codec.binary(alias, offset, data, true)
      this.#laid ??= owned(codec.binary(alias, offset, data, true))
      return this.#laid
    }
    if (!this.#isShared && mark === undefined) return codec.binary(alias, offset, data, false)
    this.#plain ??= owned(codec.binary(alias, offset, mark === undefined ? data : codec.encode(this.payload), false))
    return this.#plain
  }
}

// The codec's bytes live until it encodes again, and a filter or a full buffer may make it do so between two readers.
function owned(message: Outgoing): Outgoing {
  if (typeof message === 'string') return message
  const bytes = message.bytes.slice(message.start, message.end)
  return { bytes, start: 0, end: bytes.length }
}

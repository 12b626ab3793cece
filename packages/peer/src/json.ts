import { type CodecLimits, closeCode, JsonCodec, Kind, ProtocolViolation, ValueCodec } from '@wirepact/protocol'
import type { PeerCodec } from './peer.ts'
import type { EventCodec } from './shared-event.ts'

/** The codec of `wirepact.1+json`, apart from the binary one so that browsers do not carry it. */
export function jsonCodec(limits: CodecLimits): PeerCodec {
  const codec = new JsonCodec(limits)
  return {
    encode: (message) => codec.encode(message),
    encodeCall: (id, method, input, timeoutMs, key) =>
      codec.encode({ kind: Kind.call, id, method, input, timeoutMs, key }),
    encodeResult: (id, output) => codec.encode({ kind: Kind.result, id, output }),
    encodeItem: (id, fromCallee, waited, value) => codec.encodeItem(id, fromCallee, waited, value),
    read() {
      throw new ProtocolViolation(closeCode.wrongMessageType, 'a binary message on wirepact.1+json, which is text')
    },
    readText: (text) => codec.decode(text),
  }
}

/** Turns payloads into what the log stores, and what is stored into event messages of both encodings. */
export function eventCodec(limits: CodecLimits): EventCodec {
  const values = new ValueCodec(limits)
  const json = new JsonCodec(limits)
  return {
    encode: (payload) => values.encodeValue(payload),
    layOut: (payload, laid, room) => values.layOutValue(payload, laid, room),
    decode: (payload, laid) => values.decodeValue(payload, 0, payload.length, laid),
    binary: (alias, offset, payload, isLaid) => values.eventFromBytes(alias, offset, payload, isLaid),
    json: (alias, offset, payload) => json.encode({ kind: Kind.event, alias, offset, payload }),
  }
}

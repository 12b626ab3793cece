import { BinaryCodec, type CodecLimits, closeCode, ProtocolViolation } from '@wirepact/protocol'
import type { PeerCodec } from './peer.ts'

/** The codec of `wirepact.1`. */
export function binaryCodec(limits: CodecLimits): PeerCodec {
  const codec = new BinaryCodec(limits)
  return {
    encode: (message, room) => codec.encode(message, room),
    encodeCall: (id, method, input, timeoutMs, key, room) => codec.encodeCall(id, method, input, timeoutMs, key, room),
    encodeResult: (id, output, room) => codec.encodeResult(id, output, room),
    encodeItem: (id, fromCallee, waited, value, room) => codec.encodeItem(id, fromCallee, waited, value, room),
    read: (bytes, start, end, given) => codec.decode(bytes, start, end, given),
    readText() {
      throw new ProtocolViolation(closeCode.wrongMessageType, 'a text message on wirepact.1, which is binary')
    },
  }
}

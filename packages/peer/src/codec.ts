import { BinaryCodec, type CodecLimits, closeCode, ProtocolViolation } from '@wirepact/protocol'
import type { PeerCodec } from './peer.ts'

/** The codec of `wirepact.1`. */
export function binaryCodec(limits: CodecLimits): PeerCodec {
  const codec = new BinaryCodec(limits)
  return {
    encode: (message, room, laid) => codec.encode(message, room, laid),
    encodeCall: (id, method, input, timeoutMs, key, room, laid) =>
      codec.encodeCall(id, method, input, timeoutMs, key, room, laid),
    encodeResult: (id, output, room, laid, mustFit) => codec.encodeResult(id, output, room, laid, mustFit),
    encodeItem: (id, fromCallee, waited, value, room) => codec.encodeItem(id, fromCallee, waited, value, room),
    read: (bytes, start, end, given, layouts) => codec.decode(bytes, start, end, given, layouts),
    readText() {
      throw new ProtocolViolation(closeCode.wrongMessageType, 'a text message on wirepact.1, which is binary')
    },
  }
}

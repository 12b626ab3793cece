import { BinaryCodec, type CodecLimits, closeCode, ProtocolViolation } from '@wirepact/protocol'
import type { PeerCodec } from './peer.ts'

/** The codec of `wirepact.1`. */
export function binaryCodec(limits: CodecLimits): PeerCodec {
  const codec = new BinaryCodec(limits)
  return {
    encode: (message) => codec.encode(message),
    encodeCall: (id, method, input, timeoutMs, key) => codec.encodeCall(id, method as number, input, timeoutMs, key),
    encodeResult: (id, output) => codec.encodeResult(id, output),
    encodeItem: (id, fromCallee, waited, value) => codec.encodeItem(id, fromCallee, waited, value),
    read: (bytes, start, end) => codec.decode(bytes, start, end),
    readText() {
      throw new ProtocolViolation(closeCode.wrongMessageType, 'a text message on wirepact.1, which is binary')
    },
  }
}

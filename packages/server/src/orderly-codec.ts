import { binaryCodec, type Deliveries, type PeerCodec } from '@wirepact/peer'
import { jsonCodec } from '@wirepact/peer/json'
import type { CodecLimits } from '@wirepact/protocol'

/** The codecs of a server: before each of their messages everything leaves that was published before it. */
export function orderlyCodecs(
  limits: CodecLimits,
  deliveries: Deliveries,
): { readonly binary: PeerCodec; readonly json: PeerCodec } {
  return { binary: orderly(binaryCodec(limits), deliveries), json: orderly(jsonCodec(limits), deliveries) }
}

function orderly(codec: PeerCodec, deliveries: Deliveries): PeerCodec {
  return {
    encode(message, room, laid) {
      if (deliveries.pending) deliveries.flush()
      return codec.encode(message, room, laid)
    },
    encodeCall(id, method, input, timeoutMs, key, room, laid) {
      if (deliveries.pending) deliveries.flush()
      return codec.encodeCall(id, method, input, timeoutMs, key, room, laid)
    },
    encodeResult(id, output, room, laid, mustFit) {
      if (deliveries.pending) deliveries.flush()
      return codec.encodeResult(id, output, room, laid, mustFit)
    },
    encodeItem(id, fromCallee, waited, value, room) {
      if (deliveries.pending) deliveries.flush()
      return codec.encodeItem(id, fromCallee, waited, value, room)
    },
    read: codec.read,
    readText: codec.readText,
  }
}

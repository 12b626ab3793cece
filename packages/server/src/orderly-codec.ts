import type { Deliveries, PeerCodec } from '@wirepact/peer'

/** A codec before whose messages everything leaves that was published before them. */
export function orderly(codec: PeerCodec, deliveries: Deliveries): PeerCodec {
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

/** Bytes from hex; spaces are for the reader. */
export function hex(text: string): Uint8Array {
  return Uint8Array.from(text.replaceAll(' ', '').match(/../g) ?? [], (pair) => Number.parseInt(pair, 16))
}

export function join(...parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}

/** The head of a call of a procedure that is not there: what follows is its input, and nothing runs. */
export const callHead = (id = 1) => join(Uint8Array.of(0x01, id), hex('ffffffff0f'))

/** A frame's head with a 64-bit length, masked, as a client sends it; the mask is 0, which leaves bytes as they are. */
export function frameHead(first: number, length: bigint): Uint8Array {
  const head = new Uint8Array(14)
  head[0] = first
  head[1] = 0xff
  new DataView(head.buffer).setBigUint64(2, length)
  return head
}

/** A whole small frame, masked with 0. */
export function smallFrame(first: number, payload: Uint8Array): Uint8Array {
  return join(Uint8Array.of(first, 0x80 | payload.length, 0, 0, 0, 0), payload)
}

import { BinaryCodec, JsonCodec, type Message, ProtocolViolation, publicLimits } from '@wirepact/protocol'

const binary = new BinaryCodec(publicLimits)
const json = new JsonCodec(publicLimits)

/**
 * What one form takes for a message, the other takes for the same message. Returns what differs; nothing when all is
 * well, or when this is no message in the first place.
 */
export function difference(given: Uint8Array | string): string | undefined {
  const message = messageIn(given)
  if (message === undefined) return undefined
  // Only the JSON form can say a method by its name.
  if ('method' in message && typeof message.method === 'string') return undefined
  try {
    const written = bytesOf(message)
    const asText = json.decode(json.encode(message))
    if (bytesOf(asText) !== written) return `${written} is ${bytesOf(asText)} by way of JSON`
    const asBytes = binary.decode(Buffer.from(written, 'hex'), 0, written.length / 2)
    if (bytesOf(asBytes) !== written) return `${written} is ${bytesOf(asBytes)} when it is written again`
    return undefined
  } catch (error) {
    return `one form refuses what the other took: ${String(error)}`
  }
}

function messageIn(given: Uint8Array | string): Message | undefined {
  try {
    return typeof given === 'string' ? json.decode(given) : binary.decode(given, 0, given.length)
  } catch (error) {
    if (error instanceof ProtocolViolation) return undefined
    throw error
  }
}

// Two values are the same when they are written the same: unlike `===` this tells −0 from 0 and knows NaN.
function bytesOf(message: Message): string {
  const { bytes, start, end } = binary.encode(message)
  return Buffer.from(bytes.subarray(start, end)).toString('hex')
}

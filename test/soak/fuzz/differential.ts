import { BinaryCodec, JsonCodec, type Message, ProtocolViolation, publicLimits } from '@wirepact/protocol'

const binary = new BinaryCodec(publicLimits)
const json = new JsonCodec(publicLimits)

// The JSON form is what they are compared in: it tells −0 from 0 and a bigint from a number, and has one NaN, where the
// bytes have many that nobody can tell apart.

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
    const written = json.encode(message)
    const byText = json.encode(json.decode(written))
    if (byText !== written) return `${written} is ${byText} by way of JSON`
    const { bytes, start, end } = binary.encode(message)
    const byBytes = json.encode(binary.decode(bytes, start, end))
    if (byBytes !== written) return `${written} is ${byBytes} when it is written again`
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

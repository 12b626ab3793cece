import { BINARY, FIN, headBytes, writeHead } from './frame.ts'

/** The longest payload with a header of two bytes. */
const MOST_SHORT_BYTES = 125

/**
 * A server's frames for binary messages that lie in `bytes`, each with two free bytes before it, the first from index 2 on:
 * to be sent to any number of clients by `sendPrepared`. Short ones stay where they are, and the free bytes are written.
 */
export function frameAll(
  bytes: Uint8Array,
  starts: readonly number[],
  ends: readonly number[],
  count: number,
): Uint8Array {
  let total = 0
  let isShort = true
  for (let index = 0; index < count; index++) {
    const [start, size] = [starts[index]!, ends[index]! - starts[index]!]
    total += headBytes(size, false) + size
    if (size > MOST_SHORT_BYTES) isShort = false
    else {
      bytes[start - 2] = FIN | BINARY
      bytes[start - 1] = size
    }
  }
  if (isShort) return bytes.subarray(0, total)
  const frames = new Uint8Array(total)
  let at = 0
  for (let index = 0; index < count; index++) {
    const [start, end] = [starts[index]!, ends[index]!]
    at = writeHead(frames, at, FIN | BINARY, 0, end - start)
    frames.set(bytes.subarray(start, end), at)
    at += end - start
  }
  return frames
}

/**
 * An encoded message: the bytes from `start` to `end`. It is *borrowed*: the next message that any codec of this
 * process encodes may overwrite the bytes and this very object, so whoever keeps it copies it.
 */
export interface Encoded {
  bytes: Uint8Array
  start: number
  end: number
}

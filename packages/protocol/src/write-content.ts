import { Refusal } from './refusal.ts'
import type { ValueWriter } from './value-writer.ts'

/** Writes values of one shape. */
export interface ValueEncoder {
  /**
   * Writes the value that ends a message, by its shape, and says so in the first byte. False, and nothing is written,
   * where it does not fit: then it travels as a plain value.
   */
  write(writer: ValueWriter, value: unknown): boolean
}

/** Writes the value that ends a message. @throws WirepactError `invalid-input` when it cannot travel */
export function writeContent(writer: ValueWriter, value: unknown, laid?: ValueEncoder): void {
  if (laid?.write(writer, value) === true) return
  const { room } = writer
  room.busy = true
  try {
    writer.value(value)
  } catch (error) {
    throw Refusal.toError(error)
  } finally {
    room.busy = false
  }
}

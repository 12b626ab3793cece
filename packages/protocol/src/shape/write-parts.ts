import { tooDeep } from '../refusal.ts'
import type { ValueWriter } from '../value-writer.ts'

// What values that are laid out by shape are made of, besides plain values.

export function writeText(writer: ValueWriter, text: string): void {
  writer.text(text)
}

export function writeNumber(writer: ValueWriter, value: number): void {
  if (writer.at + 9 > writer.bytes.length) writer.reserve(9)
  writer.number(value)
}

/** A number of one byte. */
export function writeByte(writer: ValueWriter, value: number): void {
  if (writer.at === writer.bytes.length) writer.reserve(1)
  writer.bytes[writer.at++] = value
}

/** How many, or which one, as a varint. */
export function writeCounted(writer: ValueWriter, value: number): void {
  if (writer.at + 8 > writer.bytes.length) writer.reserve(8)
  writer.varint(value)
}

/** Enters an object, array or record. @throws Refusal when it is nested too deep */
export function open(writer: ValueWriter): void {
  if (--writer.depth < 0) throw tooDeep()
}

/** Leaves it. */
export function close(writer: ValueWriter): void {
  writer.depth++
}

import { ValueWriter } from './value-writer.ts'

// One buffer serves every codec: what is encoded is borrowed until the next message is. While a message is being
// written the slot is empty, so that a getter in the application's value may encode another one.
let spare: ValueWriter | undefined

/** What the next message is to be written with; to be given back. */
export function takeWriter(): ValueWriter {
  const writer = spare ?? new ValueWriter()
  spare = undefined
  return writer
}

export function giveBack(writer: ValueWriter): void {
  spare = writer
}

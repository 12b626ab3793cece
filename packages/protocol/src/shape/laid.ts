import { Refusal } from '../refusal.ts'
import type { ValueDecoder, ValueReader } from '../value-reader.ts'
import type { ValueWriter } from '../value-writer.ts'
import type { ValueEncoder } from '../write-content.ts'

/** The flag of a message whose value is laid out by shape. */
export const laidFlag = 0x80

/** Writes and reads values of one layout. */
export interface Laid extends ValueEncoder, ValueDecoder {
  /** False when the layout says nothing of the whole value: laid out by it, it would be the same bytes. */
  readonly describes: boolean
}

/**
 * Makes what writes and reads values from the text of their shape.
 * @param closed objects with a key that it does not name do not fit. @default such keys are left out
 */
export type Shaper = (text: string, closed?: boolean) => Laid

/** Writes and reads values of one layout anywhere in a message. */
export interface Coder extends ValueDecoder {
  /**
   * False when the value does not fit; nothing of what was written then counts.
   * @throws Refusal for a part that cannot travel at all
   */
  encode(writer: ValueWriter, value: unknown): boolean
}

/** What writes whole values, of what writes them anywhere. */
export class LaidValue implements Laid {
  readonly describes: boolean
  readonly #coder: Coder

  constructor(coder: Coder, describes: boolean) {
    this.#coder = coder
    this.describes = describes
  }

  write(writer: ValueWriter, value: unknown): boolean {
    const { room, depth } = writer
    const length = writer.at - writer.start
    // The application may be running, in a getter: what it sends is written elsewhere.
    room.busy = true
    try {
      if (this.#coder.encode(writer, value)) {
        writer.bytes[writer.start] = (writer.bytes[writer.start] as number) | laidFlag
        return true
      }
    } catch (error) {
      // Written as a plain value, it is told what is wrong with it.
      if (!(error instanceof Refusal)) throw error
    } finally {
      room.busy = false
    }
    writer.at = writer.start + length
    writer.depth = depth
    return false
  }

  decode(reader: ValueReader): unknown {
    return this.#coder.decode(reader)
  }
}

import type { ChannelReceiver, Outgoing } from './channel.ts'
import { type Cursor, readVarint, writeVarint } from './varint.ts'

/** What a batch of messages has in place of a kind (PROTOCOL.md, "Batches"). */
const batchKind = 25
/** Longest batch, in bytes: what every peer accepts as one message. */
const maxBatchBytes = 16_384
/** Longer ones would save little by travelling with others. Their lengths take two bytes at most. */
const longestMember = 4_096

/**
 * Several messages in one WebSocket message, for channels on which each of those is dear.
 *
 * Theory of operation: the first message of a turn leaves at once and as it is, so that one that is alone is never delayed.
 * What follows in the same turn is collected, and leaves as one: when a microtask finds that none was added since the
 * one before it, or when there is no room for more.
 */
export class Batches {
  readonly #write: (message: Exclude<Outgoing, string>) => void
  #bytes: Uint8Array | undefined
  /** Of the batch in the making; 0 when there is none. */
  #length = 0
  /** What its length was when it was last looked; undefined until the first message of a turn. */
  #seen: number | undefined

  /** @param write sends bytes that are overwritten afterwards */
  constructor(write: (message: Exclude<Outgoing, string>) => void) {
    this.#write = write
  }

  /** Bytes that have not left yet. */
  get heldBytes(): number {
    return this.#length
  }

  send(message: Exclude<Outgoing, string>): void {
    const { bytes, end, start } = message
    const size = end - start
    if (this.#seen === undefined || size > longestMember) {
      this.flush()
      this.#write(message)
      if (this.#seen === undefined) this.#look()
      return
    }
    if (this.#length + 2 + size > maxBatchBytes) this.flush()
    if (this.#length === 0) {
      this.#bytes ??= spare.pop() ?? new Uint8Array(maxBatchBytes)
      this.#bytes[0] = batchKind
      this.#length = 1
    }
    const at = writeVarint(this.#bytes as Uint8Array, this.#length, size)
    this.#bytes?.set(bytes.subarray(start, end), at)
    this.#length = at + size
  }

  /** What is held leaves now. */
  flush(): void {
    const end = this.#length
    this.#length = 0
    if (end > 0) this.#write({ bytes: this.#bytes as Uint8Array, start: 0, end })
  }

  #look(): void {
    this.#seen = this.#length
    void Promise.resolve().then(this.#looked)
  }

  readonly #looked = (): void => {
    if (this.#length !== this.#seen) return this.#look()
    this.#seen = undefined
    this.flush()
    // Between turns nobody holds one, so that an idle connection costs nothing.
    if (this.#bytes !== undefined && spare.length < maxSpare) spare.push(this.#bytes)
    this.#bytes = undefined
  }
}

const spare: Uint8Array[] = []
const maxSpare = 256

/**
 * Hands over each message of a batch, one after the other, and what is no batch as it is. Of a batch that is broken, what
 * comes before the fault is handed over, and then the whole of it: the codec knows no such message.
 * @param given of what is no batch
 */
export function unbatch(to: ChannelReceiver, bytes: Uint8Array, start: number, end: number, given: boolean): void {
  const cursor: Cursor = { bytes, at: start + 1, end }
  let isWhole = bytes[start] === batchKind && end - start <= maxBatchBytes
  if (!isWhole || cursor.at === end) return to.message(bytes, start, end, given)
  while (isWhole && cursor.at < end) {
    const size = readVarint(cursor)
    const from = cursor.at
    // A message has at least one byte, and is no batch itself.
    isWhole = size > 0 && size <= end - from && bytes[from] !== batchKind
    cursor.at = from + size
    if (isWhole) to.message(bytes, from, cursor.at)
    else to.message(bytes, start, end)
  }
}

import { z } from 'zod'

// What streams carry: small items, and blocks of bytes. Each says which one it is, so that a lost, repeated or reordered
// one is noticed.

/** With the header of an item it makes a message of 62 bytes in wirepact's binary form. */
export const StreamItem = z.object({ id: z.number(), kind: z.string(), value: z.number(), note: z.string() })
export type StreamItem = z.infer<typeof StreamItem>

/** From here on ids have the same size in binary, and in text up to ten million. */
const FIRST_ID = 1_000_000
const LOOK_AT_CLOCK_EVERY = 256

/** Item number `n`. */
export function itemAt(n: number): StreamItem {
  return { id: FIRST_ID + n, kind: 'reading', value: (n % 1000) + 0.5, note: 'north wing, door' }
}

export function isItemAt(n: number, { id, kind, value, note }: StreamItem): boolean {
  return (
    id === FIRST_ID + n && kind === 'reading' && value === (n % 1000) + 0.5 && note.length === 16 && note[0] === 'n'
  )
}

/** Items for so long, in ms. Answers with how many there were. */
export function* itemsFor(milliseconds: number): Generator<StreamItem, number> {
  const until = performance.now() + milliseconds
  let n = 0
  do yield itemAt(n++)
  while (n % LOOK_AT_CLOCK_EVERY !== 0 || performance.now() < until)
  return n
}

export type Block = Uint8Array<ArrayBuffer>
export const BLOCK_BYTES = 64 * 1024

/** As many blocks as no transport holds at once: after so many the first one is written anew. */
const BLOCKS = 128

let blocks: Block[] | undefined

/** Block number `n`: the number, then bytes that are no run of zeros. It is the caller's until 128 more were made. */
export function blockAt(n: number): Block {
  blocks ??= Array.from({ length: BLOCKS }, () => Uint8Array.from({ length: BLOCK_BYTES }, (_, at) => (at * 31) & 0xff))
  const block = blocks[n % BLOCKS] as Block
  block[0] = n
  block[1] = n >>> 8
  block[2] = n >>> 16
  block[BLOCK_BYTES - 1] = n ^ 0x55
  return block
}

/** The number, the end, and a look at the middle: comparing everything would be most of the work. */
export function isBlockAt(n: number, block: Uint8Array): boolean {
  return (
    block.length === BLOCK_BYTES &&
    block[0] === (n & 0xff) &&
    block[1] === ((n >>> 8) & 0xff) &&
    block[2] === ((n >>> 16) & 0xff) &&
    block[1000] === 24 &&
    block[BLOCK_BYTES - 1] === ((n ^ 0x55) & 0xff)
  )
}

/** Blocks until it is told that there were enough. Answers with how many there were. */
export function* blocksWhile(goesOn: () => boolean): Generator<Block, number> {
  let n = 0
  while (goesOn()) yield blockAt(n++)
  return n
}

/** Blocks for so long, in ms. */
export function blocksFor(milliseconds: number): Generator<Block, number> {
  const until = performance.now() + milliseconds
  return blocksWhile(() => performance.now() < until)
}

/** Looks at what comes, in its order. */
export class Sequence<Item> {
  count = 0
  readonly #isAt: (n: number, item: Item) => boolean

  constructor(isAt: (n: number, item: Item) => boolean) {
    this.#isAt = isAt
  }

  /** @throws Error for an item that is not the next one */
  readonly next = (item: Item): void => {
    if (!this.#isAt(this.count, item)) throw new Error(`item ${this.count} was expected, another one came`)
    this.count++
  }

  /** @throws Error unless so many have come */
  complete(sent: number): void {
    if (sent !== this.count) throw new Error(`${sent} items were sent, ${this.count} came`)
  }
}

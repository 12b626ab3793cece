import { WindowGrowth } from './window-growth.ts'

/** How much may be on its way, or wait for its reader. */
export interface StreamWindow {
  /** Bytes of the messages that carry items, whole. */
  readonly bytes: number
  readonly items: number
}

/** What one side grants the other for items. */
export interface StreamWindows {
  /** Of each stream, before its first credit: hello and welcome say it as `streamBytes` and `streamItems`. */
  readonly initial: StreamWindow
  /** What the window of a stream may grow to. */
  readonly most: StreamWindow
  /**
   * Bytes of all streams together, beyond `initial` of each: hello and welcome say it as `connectionBytes`. Windows grow out
   * of half of it.
   */
  readonly connectionBytes: number
}

/** What a peer grants that says nothing else (PROTOCOL.md, "Limits"), and how far ours grow by default. */
export const publicWindows: StreamWindows = {
  initial: { bytes: 256 * 1024, items: 1_024 },
  most: { bytes: 4 * 1024 * 1024, items: 16_384 },
  connectionBytes: 16 * 1024 * 1024,
}

/** For peers that trust each other. */
export const trustedWindows: StreamWindows = {
  // No more than `public`: what a larger one is good for shows when it is needed.
  initial: { bytes: 256 * 1024, items: 4_096 },
  most: { bytes: 16 * 1024 * 1024, items: 65_536 },
  connectionBytes: 64 * 1024 * 1024,
}

// Theory of operation
//
// Credit is two totals since the stream began: bytes and items that may have been sent in all. Being totals, a credit
// that is lost or comes twice does no harm; the last one counts. A sender may send an item while what it has sent is
// below both. So the last item may go beyond, by less than a message: an item that is larger than the window travels
// without a rule of its own, and no sender has to know an item's size before it encodes it.

/** One direction of a stream as its sender counts it. */
export class SendCredit {
  sentBytes = 0
  sentItems = 0
  #bytes: number
  #items: number

  constructor(initial: StreamWindow) {
    this.#bytes = initial.bytes
    this.#items = initial.items
  }

  /** Whether one more item may be sent. */
  get open(): boolean {
    return this.sentBytes < this.#bytes && this.sentItems < this.#items
  }

  send(size: number): void {
    this.sentBytes += size
    this.sentItems++
  }

  /** The receiver's new totals. False, and nothing changes, when they fall: what was granted stays so. */
  raise(bytes: number, items: number): boolean {
    if (bytes < this.#bytes || items < this.#items) return false
    this.#bytes = bytes
    this.#items = items
    return true
  }
}

/** One direction of a stream, or all of them together, as the receiver counts it. */
export class ReceiveWindow {
  /** The totals that the sender was told. */
  grantedBytes: number
  grantedItems: number
  receivedBytes = 0
  receivedItems = 0
  #consumedBytes = 0
  #consumedItems = 0
  #bytes: number
  #items: number
  readonly #initial: StreamWindow
  readonly #most: StreamWindow
  readonly #growth: WindowGrowth

  /** @param began when the stream did, in ms. @default at 0, where a clock that is not there stands */
  constructor(initial: StreamWindow, most: StreamWindow = initial, began = 0) {
    this.#growth = new WindowGrowth(began)
    this.#initial = initial
    this.#bytes = initial.bytes
    this.#items = initial.items
    this.grantedBytes = initial.bytes
    this.grantedItems = initial.items
    this.#most = most
  }

  /** Whether more was granted than the sender knows without being told. */
  get raised(): boolean {
    return this.grantedBytes > this.#initial.bytes || this.grantedItems > this.#initial.items
  }

  /** There is another channel. True when the sender has to be told what was granted. */
  renew(): boolean {
    this.#growth.restart()
    return this.raised
  }

  /** Bytes that were received and that nobody has taken yet. */
  get heldBytes(): number {
    return this.receivedBytes - this.#consumedBytes
  }

  /** Those of them that are more than the first window. */
  get beyondFirst(): number {
    return Math.max(0, this.heldBytes - this.#initial.bytes)
  }

  /** By how much the window is larger than at first. */
  get grownBytes(): number {
    return this.#bytes - this.#initial.bytes
  }

  get heldItems(): number {
    return this.receivedItems - this.#consumedItems
  }

  /** An item has come. False when it had no credit: its sender broke the rule. */
  receive(size: number): boolean {
    if (this.receivedBytes >= this.grantedBytes || this.receivedItems >= this.grantedItems) return false
    this.receivedBytes += size
    this.receivedItems++
    return true
  }

  /**
   * Doubles the window, up to its bounds and by `allowance` bytes at most; returns by how many. To be called when an item
   * came that had to wait for credit, and its reader was waiting for it: then it is the window that is too small for the
   * way, not the reader that is slow. It does not when the last time was of no use.
   */
  grow(allowance: number, now = 0): number {
    if (!this.#growth.isWorthIt(this.receivedBytes, this.#bytes, now)) return 0
    const more = Math.max(0, Math.min(this.#bytes, this.#most.bytes - this.#bytes, allowance))
    this.#bytes += more
    this.#items = Math.min(this.#items * 2, Math.max(this.#most.items, this.#items))
    return more
  }

  /**
   * Items have been taken, or dropped. True when new totals were granted and are to be told: each time that half a window
   * is free of which the sender does not know, so that it hears of it before it runs dry, and seldom.
   */
  consume(size: number, items = 1): boolean {
    this.#consumedBytes += size
    this.#consumedItems += items
    const bytes = Math.min(this.#consumedBytes + this.#bytes, Number.MAX_SAFE_INTEGER)
    const count = Math.min(this.#consumedItems + this.#items, Number.MAX_SAFE_INTEGER)
    if ((bytes - this.grantedBytes) * 2 < this.#bytes && (count - this.grantedItems) * 2 < this.#items) return false
    this.grantedBytes = bytes
    this.grantedItems = count
    return true
  }
}

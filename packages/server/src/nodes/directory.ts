import { Lag } from './lag.ts'
import type { Beat, BusMessage } from './message.ts'

/** Another node, as far as this one has heard of it. */
export interface SeenNode {
  readonly id: string
  /** Asks its clients to go elsewhere. */
  draining: boolean
  /** When its last sign of life came, and how long it is believed without another, in ms of our clock. */
  seenAt: number
  goneMs: number
  readonly lag: Lag
}

/** The other nodes that are there, by what they say of themselves. */
export class Directory {
  readonly #most: number
  readonly #nodes = new Map<string, SeenNode>()
  /** Those that said goodbye: what they sent before may come after it, and they never come back under that name. */
  readonly #left = new Set<string>()
  readonly #gone: (node: string) => void

  /** @param gone told of each node that is not there any more */
  constructor(gone: (node: string) => void, most = mostNodes) {
    this.#gone = gone
    this.#most = most
  }

  get size(): number {
    return this.#nodes.size
  }

  has(node: string): boolean {
    return this.#nodes.has(node)
  }

  values(): IterableIterator<SeenNode> {
    return this.#nodes.values()
  }

  /** Something that another node said: it lives. False when it has said goodbye, or there are too many to remember it. */
  noticed(from: string, now: number): boolean {
    const known = this.#nodes.get(from)
    if (known !== undefined) {
      known.seenAt = now
      return true
    }
    if (this.#left.has(from) || this.#nodes.size >= this.#most) return false
    this.#nodes.set(from, { id: from, draining: false, seenAt: now, goneMs: unsaidGoneMs, lag: new Lag() })
    return true
  }

  /** What a node says of itself. */
  heard({ from, at, goneMs, draining }: Beat, now: number): void {
    const node = this.#nodes.get(from)
    if (node === undefined) return
    node.goneMs = Math.min(goneMs, longestGoneMs)
    node.draining = draining
    node.lag.of(at, now)
  }

  /** How long the message was under way beyond the usual, in ms; 0 for a node that is not known. */
  age({ from, at }: BusMessage, now: number): number {
    return this.#nodes.get(from)?.lag.of(at, now) ?? 0
  }

  /** It said goodbye. */
  left(node: string): void {
    this.#left.add(node)
    if (this.#left.size > this.#most) this.#left.delete([...this.#left][0] as string)
    this.#delete(node)
  }

  /** Time in which this process did not run, or heard nothing because of itself, is nobody else's silence. */
  forgive(ms: number): void {
    for (const node of this.#nodes.values()) node.seenAt += ms
  }

  /** Drops those that were silent for too long. */
  sweep(now: number): void {
    for (const { id, seenAt, goneMs } of [...this.#nodes.values()]) if (now - seenAt >= goneMs) this.#delete(id)
  }

  #delete(node: string): void {
    if (this.#nodes.delete(node)) this.#gone(node)
  }
}

/** More than any installation has; forged ones shall not fill the memory. */
const mostNodes = 1_024
/** Of one that has not said it yet. */
const unsaidGoneMs = 6_000
/** Each node says itself how long its silence means nothing; no longer than this. */
const longestGoneMs = 600_000

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

  /** A sign of life. True when nothing was known of that node. False, too, when there are too many to remember it. */
  heard(beat: Beat, now: number): boolean {
    const known = this.#nodes.get(beat.from)
    if (known === undefined && this.#nodes.size >= this.#most) return false
    const node = known ?? { id: beat.from, draining: false, seenAt: now, goneMs: 0, lag: new Lag() }
    this.#nodes.set(beat.from, node)
    node.seenAt = now
    node.goneMs = Math.min(beat.goneMs, longestGoneMs)
    node.draining = beat.draining
    node.lag.of(beat.at, now)
    return known === undefined
  }

  /** How long the message was under way beyond the usual, in ms; 0 for a node that is not known. */
  age({ from, at }: BusMessage, now: number): number {
    return this.#nodes.get(from)?.lag.of(at, now) ?? 0
  }

  delete(node: string): void {
    if (this.#nodes.delete(node)) this.#gone(node)
  }

  /** Time in which this process did not run, or heard nothing because of itself, is nobody else's silence. */
  forgive(ms: number): void {
    for (const node of this.#nodes.values()) node.seenAt += ms
  }

  /** Drops those that were silent for too long. */
  sweep(now: number): void {
    for (const { id, seenAt, goneMs } of [...this.#nodes.values()]) if (now - seenAt >= goneMs) this.delete(id)
  }
}

/** More than any installation has; forged ones shall not fill the memory. */
const mostNodes = 1_024
/** Each node says itself how long its silence means nothing; no longer than this. */
const longestGoneMs = 600_000

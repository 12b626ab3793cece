import type { Room } from '@wirepact/protocol'
import { EventBatch } from './event-batch.ts'
import type { EventOrigin } from './shared-event.ts'

/** A topic, as it takes part in deliveries. */
export interface Delivered extends EventOrigin {
  readonly key: string
  deliver(batch: EventBatch<Delivered>): void
}

// Theory of operation
//
// A publisher seldom publishes one event only, and to hand one event to 500 connections costs 500 times what is between
// a topic and a socket. So events are collected until the turn ends, and each connection gets all of them at once: they
// lie side by side, in bytes that all share.
//
// Nobody is to notice. The log has each event at once. Events keep their order over all topics: one batch is open at a
// time, and an event of another topic ends it. What is sent otherwise comes after what was published before it:
// whoever encodes a message for a client calls `flush` first. A batch is bounded in bytes, so that what waits for a
// connection grows while one publishes. While a batch is on its way others may be filled, and wait behind it.

/** What was published in this turn of the event loop, and has not been handed to connections yet. */
export class Deliveries {
  readonly #now: () => number
  #batch = new EventBatch<Delivered>()
  /** Closed batches, in their order. */
  #closed: EventBatch<Delivered>[] = []
  readonly #spare: EventBatch<Delivered>[] = []
  #scheduled = false
  #delivers = false
  #time = 0

  /** @param now the time in ms */
  constructor(now: () => number) {
    this.#now = now
  }

  /** Whether `flush` has something to do. */
  get pending(): boolean {
    return this.#batch.origin !== undefined && !this.#delivers
  }

  /** The time in whole ms, looked at once in a turn in which much is published. */
  readonly now = (): number => {
    if (!this.#scheduled) this.#time = Math.floor(this.#now())
    return this.#time
  }

  /** Where the payload of the next event of a topic may be laid out, if that topic has the latest. */
  room(key: string, mark: object): Room | undefined {
    const batch = this.#batch
    return batch.origin?.key === key ? batch.room(mark) : undefined
  }

  /** Takes a copy of what the log keeps of an event. */
  add(origin: Delivered, offset: number, mark: object | undefined, data: Uint8Array, start: number, end: number): void {
    if (!this.#batch.takes(origin, offset, mark)) {
      if (this.#batch.origin !== undefined) this.#close()
      this.#batch.begin(origin, offset, mark)
      if (!this.#scheduled) {
        this.#scheduled = true
        void resolved.then(this.#turned)
      }
    }
    this.#batch.add(offset, data, start, end)
    // Only now: the bytes of this event are borrowed, perhaps of the codec with which those before it are made plain.
    if (this.#closed.length > 0 && !this.#delivers) this.#deliver()
  }

  /** Hands over what there is, now. */
  flush(): void {
    if (!this.pending) return
    this.#close()
    this.#deliver()
  }

  readonly #turned = (): void => {
    this.#scheduled = false
    this.flush()
  }

  #close(): void {
    this.#closed.push(this.#batch)
    this.#batch = this.#spare.pop() ?? new EventBatch()
  }

  #deliver(): void {
    if (this.#closed.length === 0) return
    this.#delivers = true
    try {
      for (let next = 0; next < this.#closed.length; next++) {
        const batch = this.#closed[next] as EventBatch<Delivered>
        batch.origin?.deliver(batch)
        batch.clear()
        this.#spare.push(batch)
      }
    } finally {
      this.#closed = []
      this.#delivers = false
    }
  }
}

const resolved = Promise.resolve()

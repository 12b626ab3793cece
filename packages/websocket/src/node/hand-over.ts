import type { Duplex } from 'node:stream'
import type { Connection } from '../connection.ts'
import type { Flushable } from './flush-queue.ts'

/** Handed to a stream at once, at most: what waits in the connection is still counted, and shows how far the stream is. */
const HANDED_OVER_BYTES = 256 * 1024
/** How long a stream whose other side has ended may take to send what is left. */
const END_WITHIN_MS = 2_000
const NOTHING = new Uint8Array(0)

/** Write what a connection has to send, in as few system calls as possible, until the stream wants no more. */
export function handOver(connection: Connection, stream: Duplex): void {
  let handed = 0
  do {
    handed = handSome(connection, stream)
  } while (handed >= HANDED_OVER_BYTES && !isStuck(stream))
}

/**
 * Does it have to be waited for? A stream asks for that after any large write until its next tick, even when the system
 * has taken all of it at once; then there is nothing to wait for.
 */
export function isStuck(stream: Duplex): boolean {
  return stream.writableNeedDrain && stream.writableLength > 0
}

function handSome(connection: Connection, stream: Duplex): number {
  const chunk = connection.takeOutput()
  if (chunk === undefined) return 0
  let handed = chunk.length
  let next = handed < HANDED_OVER_BYTES ? connection.takeOutput() : undefined
  if (next === undefined) {
    stream.write(chunk)
    return handed
  }
  stream.cork()
  stream.write(chunk)
  while (next !== undefined) {
    stream.write(next)
    handed += next.length
    next = handed < HANDED_OVER_BYTES ? connection.takeOutput() : undefined
  }
  stream.uncork()
  return handed
}

/** Destroy a stream that was ended, once what it was handed has left or could not. */
export function destroyWhenSent(stream: Duplex): void {
  const giveUp = setTimeout(() => stream.destroy(), END_WITHIN_MS)
  stream.once('close', () => clearTimeout(giveUp))
  stream.once('finish', () => stream.destroy())
}

export type Written = (error?: Error | null) => void

/**
 * Tells when a stream has sent what it was handed. A stream tells that by itself only to whoever was told to wait; others
 * have to ask, with a write of nothing.
 */
export class WrittenMark {
  readonly #stream: Duplex
  readonly #owner: Flushable
  #asked = false
  #callbacks: Written[] = []

  constructor(stream: Duplex, owner: Flushable) {
    this.#stream = stream
    this.#owner = owner
  }

  /** To be called after the next flush has been sent. */
  add(callback: Written): void {
    this.#callbacks.push(callback)
  }

  /** Something was handed over. @param always have the owner flush again when it was sent */
  ask(always: boolean): void {
    const callbacks = this.#callbacks
    if (callbacks.length === 0 && (this.#asked || !always)) return
    this.#asked = true
    this.#callbacks = []
    this.#stream.write(NOTHING, (error) => {
      this.#asked = false
      for (const each of callbacks) each(error)
      this.#owner.flush()
    })
  }

  /** Nothing will be sent any more. */
  fail(): void {
    for (const each of this.#callbacks.splice(0)) each(new Error('the WebSocket is closed'))
  }
}

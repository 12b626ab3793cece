import type { Duplex } from 'node:stream'
import type { Connection } from '../connection.ts'
import type { Flushable } from './flush-queue.ts'

/** Handed to a stream at once, at most: what waits in the connection is still counted, and shows how far the stream is. */
const HANDED_OVER_BYTES = 256 * 1024
const NOTHING = new Uint8Array(0)

/** Write what a connection has to send, in as few system calls as possible, until the stream wants no more. */
export function handOver(connection: Connection, stream: Duplex): void {
  let handed = 0
  do {
    handed = handSome(connection, stream)
  } while (handed >= HANDED_OVER_BYTES && !stream.writableNeedDrain)
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

import { MisuseError } from '../errors.ts'
import { decodeText } from './platform.ts'
import type { SocketEvents } from './socket-events.ts'

/** A whole message: text as a string, binary as bytes of your own. */
export type Message = string | Uint8Array

/** The connection did not end with a goodbye from both sides; or it ended while somebody still had something to say. */
export class SocketClosedError extends Error {
  override readonly name = 'SocketClosedError'
  /** The peer's close code, or that of the violation, or 1006. */
  readonly code: number
  readonly reason: string
  /** Both close frames were exchanged. */
  readonly clean: boolean

  constructor(code: number, reason: string, clean: boolean) {
    super(`the WebSocket is closed: ${code}${reason === '' ? '' : ` ${reason}`}`)
    this.code = code
    this.reason = reason
    this.clean = clean
  }
}

/** What an inbox needs of its socket. */
export interface InboxSource {
  readonly connection: { keep(bytes: Uint8Array, start: number, end: number): Uint8Array }
  listen(events: SocketEvents): void
  read(): void
  pause(): void
  resume(): void
}

interface Waiting {
  resolve(result: IteratorResult<Message, undefined>): void
  reject(error: unknown): void
}

/** Read ahead of the consumer, in bytes; the rest waits in the peer. One chunk of 64 KiB may come on top. */
const AHEAD_BYTES = 64 * 1024
/** What a message costs besides its bytes, so that empty ones are bounded too. */
const EACH_BYTES = 64
/** Messages taken from the front of the queue before the room they had is given back. */
const COMPACT_FROM = 1024
const DONE: IteratorResult<Message, undefined> = { done: true, value: undefined }

/**
 * Messages that wait to be asked for.
 *
 * Nothing is read before the first is asked for, and nothing while enough is waiting: the peer of a slow consumer feels
 * back-pressure, and memory is bounded.
 */
export class Inbox implements SocketEvents {
  readonly #source: InboxSource
  #messages: Message[] = []
  /** The first one that was not taken: an index, since `shift` would move the rest. */
  #next = 0
  #bytes = 0
  #paused = false
  #discards = false
  #waiting: Waiting[] = []
  #drained: Waiting[] = []
  #closed: SocketClosedError | undefined
  #onClosed: ((error: SocketClosedError) => void) | undefined

  constructor(source: InboxSource) {
    this.#source = source
    source.listen(this)
  }

  /** The next message; done after a clean end. @throws {SocketClosedError} once, after any other end */
  next(): Promise<IteratorResult<Message, undefined>> {
    const message = this.#messages[this.#next]
    if (message !== undefined) {
      this.#take(message)
      return Promise.resolve({ done: false, value: message })
    }
    const closed = this.#closed
    if (closed !== undefined) return closed.clean || this.#discards ? Promise.resolve(DONE) : this.#fail(closed)
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject })
      this.#read()
    })
  }

  /** Resolves when a sender that was told 'full' or 'refused' may go on. @throws {SocketClosedError} */
  drained(): Promise<unknown> {
    if (this.#closed !== undefined) return Promise.reject(this.#closed)
    return new Promise((resolve, reject) => this.#drained.push({ resolve, reject }))
  }

  /** Calls back when the connection is over; at once if it is. */
  whenClosed(callback: (error: SocketClosedError) => void): void {
    if (this.#closed !== undefined) callback(this.#closed)
    else this.#onClosed = callback
  }

  /** Nobody wants messages any more: read and forget them, so that the peer's close frame is seen. */
  discard(): void {
    this.#discards = true
    this.#forget()
    this.#read()
  }

  /** We are closing: the peer's close frame has to be seen though nobody asks for messages. */
  readAhead(): void {
    if (this.#bytes < AHEAD_BYTES) this.#read()
  }

  message(bytes: Uint8Array, start: number, end: number, isText: boolean): void {
    if (this.#discards) return
    const value = isText ? decodeText(bytes, start, end) : this.#source.connection.keep(bytes, start, end)
    const waiting = this.#waiting.shift()
    if (waiting !== undefined) {
      waiting.resolve({ done: false, value })
      return
    }
    this.#messages.push(value)
    this.#bytes += end - start + EACH_BYTES
    if (this.#bytes >= AHEAD_BYTES && !this.#paused) {
      this.#paused = true
      this.#source.pause()
    }
  }

  drain(): void {
    for (const each of this.#drained.splice(0)) each.resolve(DONE)
  }

  closed(code: number, reason: string, clean: boolean): void {
    const error = new SocketClosedError(code, reason, clean)
    this.#closed = error
    for (const each of this.#drained.splice(0)) each.reject(error)
    const [first, ...others] = this.#waiting.splice(0)
    if (clean || this.#discards) first?.resolve(DONE)
    else if (first !== undefined) {
      this.#discards = true
      first.reject(error)
    }
    for (const each of others) each.resolve(DONE)
    this.#onClosed?.(error)
  }

  #fail(error: SocketClosedError): Promise<never> {
    // Told once; a loop that asks again has ended.
    this.#discards = true
    return Promise.reject(error)
  }

  #take(message: Message): void {
    this.#messages[this.#next++] = ''
    // A string of n characters came as n bytes or more; what was counted for it is known only all together.
    if (this.#next === this.#messages.length) this.#forget()
    else {
      this.#bytes -= EACH_BYTES + message.length
      // Of a consumer that is never quite done the queue is never empty. At most as many move as were taken.
      if (this.#next >= COMPACT_FROM && this.#next * 2 >= this.#messages.length) {
        this.#messages.splice(0, this.#next)
        this.#next = 0
      }
    }
    if (this.#paused && this.#bytes * 2 < AHEAD_BYTES) this.#read()
  }

  #forget(): void {
    this.#messages = []
    this.#next = 0
    this.#bytes = 0
  }

  #read(): void {
    this.#source.read()
    if (!this.#paused) return
    this.#paused = false
    this.#source.resume()
  }
}

/** @throws {MisuseError} for what is no message */
export function asMessage(chunk: unknown): Message {
  if (typeof chunk === 'string') return chunk
  if (chunk instanceof ArrayBuffer) return new Uint8Array(chunk)
  if (ArrayBuffer.isView(chunk)) return new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength)
  throw new MisuseError('a WebSocket message is a string, an ArrayBuffer or a view of one')
}

import type { Duplex } from 'node:stream'
import { MisuseError } from '../errors.ts'
import type { SendResult } from '../send-queue.ts'
import type { ConnectionState } from '../state.ts'
import { Inbox, type Message } from './inbox.ts'
import { Pump } from './pump.ts'
import type { PumpOptions } from './pump-options.ts'
import type { SocketEvents } from './socket-events.ts'
import { type SocketStreams, type StreamsOptions, socketStreams } from './streams.ts'

export interface NodeWebSocketOptions extends PumpOptions {
  /** The agreed subprotocol. @default '' */
  readonly protocol?: string | undefined
}

/**
 * A WebSocket on a Node.js stream.
 *
 * Nothing is read before `start`, so no message can be lost between the handshake and the first listener; sending works
 * at once. All that is sent in one turn of the event loop leaves in one write.
 */
export class NodeWebSocket {
  /** The agreed subprotocol, or an empty string. */
  readonly protocol: string
  readonly #pump: Pump
  /** Made for whoever wants messages one at a time. */
  #inbox: Inbox | undefined
  #started = false

  /** @param stream an open stream on which the opening handshake is over */
  constructor(stream: Duplex, options: NodeWebSocketOptions) {
    this.protocol = options.protocol ?? ''
    this.#pump = new Pump(stream, options)
  }

  /**
   * The peer's address, or undefined when the stream has none (a Unix socket, a stream of one's own). A socket forgets it
   * when it is destroyed, unless it was asked for before.
   */
  get remoteAddress(): string | undefined {
    return this.#pump.remoteAddress
  }

  get state(): ConnectionState {
    return this.#pump.connection.state
  }

  /** Whether prepared frames are what it would send itself: a server's are, unless it compresses. */
  get sharesFrames(): boolean {
    return this.#pump.connection.sharesFrames
  }

  /** Bytes sent but not yet taken by the operating system. */
  get bufferedAmount(): number {
    return this.#pump.bufferedBytes
  }

  /**
   * Begin to read. `closed` is called even if the connection ended before.
   * @throws {MisuseError} when it was called before, or messages are read by a loop or a stream
   */
  start(events: SocketEvents): void {
    if (this.#started) throw new MisuseError('this socket has a reader already: start() is called once, or not at all')
    this.#started = true
    this.#pump.listen(events)
    this.#pump.read()
  }

  /**
   * The bytes of a message as your own, beyond its event: given away if they were collected from pieces (large messages
   * are), otherwise copied.
   */
  keep(bytes: Uint8Array, start: number, end: number): Uint8Array {
    return this.#pump.connection.keep(bytes, start, end)
  }

  /**
   * Send one binary message.
   * @param given the bytes are given away and will not change: large ones are then sent without copying
   * @throws {MisuseError} when the range is not inside the bytes
   */
  sendBinary(bytes: Uint8Array, start = 0, end = bytes.length, given = false): SendResult {
    const result = this.#pump.connection.send(bytes, start, end, false, given)
    return this.#sent(result)
  }

  /** Send one text message. Lone surrogates become U+FFFD. */
  sendText(text: string): SendResult {
    const result = this.#pump.connection.sendText(text)
    return this.#sent(result)
  }

  /**
   * Send a frame made by `prepareFrame`, or the frames made by `frameAll`, the same for any number of sockets.
   * @param borrowed they will change afterwards. @default false: they must not
   * @throws {MisuseError} on a client
   */
  sendPrepared(frames: Uint8Array, borrowed = false): SendResult {
    const result = this.#pump.connection.sendPrepared(frames, borrowed)
    return this.#sent(result)
  }

  /** @throws {MisuseError} when the payload is above 125 bytes */
  ping(payload?: Uint8Array): SendResult {
    const result = this.#pump.connection.ping(payload)
    return this.#sent(result)
  }

  /**
   * Close in order: what is queued goes out first, what still arrives is delivered, then both sides have said goodbye.
   * @throws {MisuseError} for a code that must not be sent, or a reason without a code
   */
  close(code?: number, reason = ''): void {
    this.#pump.close(code, reason)
    this.#inbox?.readAhead()
  }

  /**
   * The messages, one at a time. Nothing is read before the first is asked for, and while 64 KiB wait the peer has to
   * wait too. Ends after a clean close; a loop that is left by `break` pauses, and another one goes on where it was.
   * @throws {MisuseError} when `start` was called
   */
  [Symbol.asyncIterator](): AsyncIterableIterator<Message, undefined> {
    const inbox = this.#messages()
    const iterator: AsyncIterableIterator<Message, undefined> = {
      next: () => inbox.next(),
      return: () => Promise.resolve({ done: true, value: undefined }),
      [Symbol.asyncIterator]: () => iterator,
    }
    return iterator
  }

  /**
   * The socket as a pair of streams that can go separate ways, with back-pressure in both directions.
   * @throws {MisuseError} when `start` was called
   */
  streams(options: StreamsOptions = {}): SocketStreams {
    return socketStreams(this, this.#messages(), options)
  }

  /** `close(1000)`, and wait until it is over. Messages that nobody has taken are dropped. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.state === 'open') this.close(1000)
    if (!this.#started || this.#inbox !== undefined) this.#messages().discard()
    await this.#pump.over()
  }

  #sent(result: SendResult): SendResult {
    // What was 'full' may have left at once. Then the drain is over, and nobody must wait for another one.
    return this.#pump.touch() && result === 'full' ? 'ok' : result
  }

  #messages(): Inbox {
    if (this.#inbox === undefined && this.#started)
      throw new MisuseError('start() has been called: it has the messages')
    this.#started = true
    this.#inbox ??= new Inbox(this.#pump)
    return this.#inbox
  }

  /** Drop the connection now. `closed` is called with 1006. */
  terminate(): void {
    this.#pump.destroy('terminated')
  }

  /**
   * Stop reading, so that the peer feels back-pressure. Messages of the chunk being read (64 KiB at most) still arrive.
   * A peer's close frame is not seen while paused.
   */
  pause(): void {
    this.#pump.pause()
  }

  resume(): void {
    this.#pump.resume()
  }
}

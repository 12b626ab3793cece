import type { Duplex } from 'node:stream'
import type { ConnectionEvents } from '../connection-events.ts'
import type { SendResult } from '../send-queue.ts'
import type { ConnectionState } from '../state.ts'
import { Pump, type PumpOptions } from './pump.ts'

/** What a socket tells its owner, see `ConnectionEvents`. */
export type SocketEvents = Pick<ConnectionEvents, 'message' | 'pong' | 'drain' | 'closed'>

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

  /** Bytes sent but not yet taken by the operating system. */
  get bufferedAmount(): number {
    return this.#pump.bufferedBytes
  }

  /** Begin to read. Call once; `closed` is called even if the connection ended before. */
  start(events: SocketEvents): void {
    this.#pump.start(events)
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
    this.#pump.touch()
    return result
  }

  /** Send one text message. Lone surrogates become U+FFFD. */
  sendText(text: string): SendResult {
    const result = this.#pump.connection.sendText(text)
    this.#pump.touch()
    return result
  }

  /**
   * Send a frame made by `prepareFrame`, the same for any number of sockets.
   * @throws {MisuseError} on a client
   */
  sendPrepared(frame: Uint8Array): SendResult {
    const result = this.#pump.connection.sendPrepared(frame)
    this.#pump.touch()
    return result
  }

  /** @throws {MisuseError} when the payload is above 125 bytes */
  ping(payload?: Uint8Array): SendResult {
    const result = this.#pump.connection.ping(payload)
    this.#pump.touch()
    return result
  }

  /**
   * Close in order: what is queued goes out first, what still arrives is delivered, then both sides have said goodbye.
   * @throws {MisuseError} for a code that must not be sent, or a reason without a code
   */
  close(code?: number, reason = ''): void {
    this.#pump.close(code, reason)
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

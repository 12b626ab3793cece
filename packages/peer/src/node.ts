import type { Channel, ChannelReceiver, ChannelSource, Outgoing, Run, Shaper } from '@wirepact/protocol'
import { Batches, closeCode, unbatch } from '@wirepact/protocol'
import { composingShaper, generatingShaper } from '@wirepact/protocol/node'
import { decodeText, frameAll, type NodeWebSocket, type SendResult } from '@wirepact/websocket/node'

/** How a WebSocket of our own core carries a session. */
export interface WebSocketChannelOptions {
  readonly encoding: 'binary' | 'json'
  /** Bytes waiting to leave above which the other side is given up with 4460 (slow consumer). */
  readonly hardCapBytes: number
  /** Whether to generate code for values that are laid out by shape. @default true */
  readonly generateCode?: boolean | undefined
}

/** A channel over a WebSocket of `@wirepact/websocket/node`. */
export function webSocketSource(socket: NodeWebSocket, options: WebSocketChannelOptions): ChannelSource {
  const channel = new WebSocketChannel(socket, options)
  const { encoding, generateCode } = options
  return { channel, encoding, shaper: shaperFor(generateCode), start: (receiver) => channel.start(receiver) }
}

/** What runs layouts in Node.js. */
export function shaperFor(generateCode = true): Shaper {
  return generateCode ? generatingShaper : composingShaper
}

/** Larger messages are given away; no batch is. */
const keepFromBytes = 16 * 1024

class WebSocketChannel implements Channel {
  readonly #socket: NodeWebSocket
  #receiver!: ChannelReceiver
  readonly #isBinary: boolean
  readonly #hardCapBytes: number
  #batches: Batches | undefined
  #closing = false

  constructor(socket: NodeWebSocket, options: WebSocketChannelOptions) {
    this.#socket = socket
    this.#isBinary = options.encoding === 'binary'
    this.#hardCapBytes = options.hardCapBytes
  }

  get bufferedBytes(): number {
    return this.#socket.bufferedAmount + (this.#batches?.heldBytes ?? 0)
  }

  get batches(): boolean {
    return this.#batches !== undefined
  }

  /** Of text there are none. */
  batch(): void {
    if (this.#isBinary) this.#batches = new Batches((message) => this.#write(message))
  }

  start(receiver: ChannelReceiver): void {
    this.#receiver = receiver
    this.#socket.start(this)
  }

  /** For the socket. */
  message(bytes: Uint8Array, start: number, end: number, isText: boolean): void {
    if (isText) this.#receiver.text(decodeText(bytes, start, end))
    else if (end - start <= keepFromBytes) {
      if (this.#batches === undefined) this.#receiver.message(bytes, start, end)
      else unbatch(this.#receiver, bytes, start, end, false)
    } else {
      // Collected from several chunks, as it is nearly always: that is memory of its own already.
      const kept = this.#socket.keep(bytes, start, end)
      this.#receiver.message(kept, 0, kept.length, true)
    }
  }

  /** For the socket. */
  drain(): void {
    this.#receiver.drained?.()
  }

  /** For the socket. */
  closed(code: number, reason: string, clean: boolean): void {
    this.#receiver.closed(code, reason, clean)
  }

  send(message: Outgoing, lasts?: boolean): void {
    if (this.#batches === undefined || typeof message === 'string') this.#write(message, lasts)
    else this.#batches.send(message)
  }

  #write(message: Outgoing, lasts?: boolean): void {
    if (this.#closing) return
    this.#sent(
      typeof message === 'string'
        ? this.#socket.sendText(message)
        : this.#socket.sendBinary(message.bytes, message.start, message.end, lasts),
    )
  }

  #sent(result: SendResult): void {
    if (result === 'ok') return
    if (result === 'refused' || this.#socket.bufferedAmount > this.#hardCapBytes) this.#giveUp()
  }

  sendAll(run: Run): void {
    if (this.#closing) return
    if (this.#batches !== undefined || !this.#socket.sharesFrames) {
      for (let index = 0; index < run.count; index++) this.send(run.message(index))
      return
    }
    run.frames ??= frameAll(run.bytes, run.starts, run.ends, run.count)
    this.#sent(this.#socket.sendPrepared(run.frames, true))
  }

  close(code: number, reason: string): void {
    if (this.#closing) return
    this.#batches?.flush()
    this.#socket.close(code, reason)
    this.#closing = true
  }

  pause(): void {
    this.#socket.pause()
  }

  resume(): void {
    this.#socket.resume()
  }

  terminate(): void {
    this.#closing = true
    this.#socket.terminate()
  }

  // Whoever does not read will not read a close frame either, so there is no use in waiting for an answer to it.
  #giveUp(): void {
    this.close(closeCode.slowConsumer, 'the other side does not read what it is sent')
    this.#socket.terminate()
  }
}

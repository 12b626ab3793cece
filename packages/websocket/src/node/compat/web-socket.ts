import { Buffer } from 'node:buffer'
import { EventEmitter } from 'node:events'
import type { ClientRequest } from 'node:http'
import type { Duplex } from 'node:stream'
import { isWireCode, MAX_REASON_BYTES } from '../../close.ts'
import type { Extension } from '../../extension.ts'
import type { SendResult } from '../../send-queue.ts'
import { Pump } from '../pump.ts'
import { type EventHandler, EventListeners, type EventTaker } from './event-listeners.ts'
import { type ClientOptions, open, readAddress } from './opening.ts'
import { limitsOf, type SharedOptions } from './options.ts'
import { asBuffer, type BinaryType, type Data, toBytes, toRawData } from './payload.ts'

export interface SendOptions {
  /** @default true for everything but strings and numbers */
  readonly binary?: boolean | undefined
  /** False: more of the same message follows. It is kept, and sent as one when its last part comes. @default true */
  readonly fin?: boolean | undefined
  /** Taken for the sake of `ws`, and ignored: what is compressed is decided by size. */
  readonly compress?: boolean | undefined
  readonly mask?: boolean | undefined
}

/** Called when the operating system has taken the message, or with the reason why it never will. */
export type SendCallback = (error?: Error | null) => void
type ReadyState = 0 | 1 | 2 | 3

const CONNECTING = 0
const OPEN = 1
const CLOSING = 2
const CLOSED = 3
const STATES = ['CONNECTING', 'OPEN', 'CLOSING', 'CLOSED']

/** What a server hands over after the opening handshake. */
export interface ServerSide extends SharedOptions {
  readonly stream: Duplex
  readonly protocol: string
  readonly extension: Extension | undefined
}

/**
 * A WebSocket with the surface of the one of `ws`, on the core of this package.
 *
 * Events, in the order of `ws`: 'upgrade' (response), 'open', 'message' (data, isBinary), 'ping' and 'pong' (data),
 * 'error' (error), 'close' (code, reason); 'unexpected-response' (request, response). The one thing that `ws` does not
 * know: a send that would make the unsent bytes exceed `limits.bufferBytes` fails, through its callback, or, when there
 * is none, by ending the connection. Without that a peer that does not read takes all memory.
 */
export class WebSocket extends EventEmitter {
  static readonly CONNECTING = CONNECTING
  static readonly OPEN = OPEN
  static readonly CLOSING = CLOSING
  static readonly CLOSED = CLOSED
  readonly CONNECTING = CONNECTING
  readonly OPEN = OPEN
  readonly CLOSING = CLOSING
  readonly CLOSED = CLOSED
  binaryType: BinaryType = 'nodebuffer'
  readonly url: string = ''
  protocol = ''
  extensions = ''
  #readyState: ReadyState = CONNECTING
  #pump: Pump | undefined
  #request: ClientRequest | undefined
  #paused = false
  #failed = false
  /** Parts of a message whose last part has not been sent. */
  #parts: Buffer[] = []
  #partsAreText = false
  readonly #listeners = new EventListeners(this)

  /** @throws {SyntaxError} for an address or subprotocols that cannot be used */
  constructor(
    address: string | URL | ServerSide,
    protocols?: string | readonly string[] | ClientOptions,
    options: ClientOptions = {},
  ) {
    super()
    if (typeof address === 'object' && 'stream' in address) {
      this.#attach('server', address)
      return
    }
    const given = typeof protocols === 'object' && !Array.isArray(protocols) ? (protocols as ClientOptions) : options
    const list = typeof protocols === 'string' ? [protocols] : Array.isArray(protocols) ? protocols : []
    const url = readAddress(address, list)
    this.url = url.href
    this.#open(url, list, given)
  }

  get readyState(): ReadyState {
    return this.#readyState
  }

  /** Bytes sent but not yet taken by the operating system. */
  get bufferedAmount(): number {
    const parts = this.#parts.reduce((sum, part) => sum + part.length, 0)
    return parts + (this.#pump?.bufferedBytes ?? 0)
  }

  get isPaused(): boolean {
    return this.#paused
  }

  /**
   * Send a message.
   * @throws {Error} before the connection is open
   */
  send(data: Data, options?: SendOptions | SendCallback, callback?: SendCallback): void {
    const given = typeof options === 'function' ? {} : (options ?? {})
    const done = typeof options === 'function' ? options : callback
    const isText = given.binary === undefined ? typeof data === 'string' || typeof data === 'number' : !given.binary
    const pump = this.#opened(done)
    if (pump === undefined) return
    if (given.fin === false || this.#parts.length > 0) {
      if (this.#parts.length === 0) this.#partsAreText = isText
      this.#parts.push(Buffer.from(toBytes(data)))
      if (given.fin === false) {
        if (done !== undefined) process.nextTick(done)
        return
      }
      const whole = Buffer.concat(this.#parts.splice(0))
      this.#sent(pump.connection.send(whole, 0, whole.length, this.#partsAreText, true), done)
    } else if (isText && typeof data === 'string') this.#sent(pump.connection.sendText(data), done)
    else {
      const bytes = toBytes(data)
      this.#sent(pump.connection.send(bytes, 0, bytes.length, isText), done)
    }
  }

  /** @throws {Error} before the connection is open, or for more than 125 bytes */
  ping(data?: Data | SendCallback, mask?: boolean | SendCallback, callback?: SendCallback): void {
    const done = typeof data === 'function' ? data : typeof mask === 'function' ? mask : callback
    const bytes = data === undefined || typeof data === 'function' ? Buffer.alloc(0) : toBytes(data)
    const pump = this.#opened(done)
    if (pump !== undefined) this.#sent(pump.connection.ping(bytes), done)
  }

  /** An unasked pong is a heartbeat in one direction (RFC 6455 section 5.5.3). */
  pong(data?: Data | SendCallback, mask?: boolean | SendCallback, callback?: SendCallback): void {
    const done = typeof data === 'function' ? data : typeof mask === 'function' ? mask : callback
    const bytes = data === undefined || typeof data === 'function' ? Buffer.alloc(0) : toBytes(data)
    const pump = this.#opened(done)
    if (pump !== undefined) this.#sent(pump.connection.ping(bytes, true), done)
  }

  /** @throws {TypeError} for a code that must not be sent @throws {RangeError} for a reason above 123 bytes */
  close(code?: number, reason?: string | Buffer): void {
    if (this.#readyState === CLOSED) return
    if (this.#readyState === CONNECTING) {
      this.#giveUp()
      return
    }
    if (code !== undefined && !isWireCode(code)) throw new TypeError('First argument must be a valid error code number')
    const text = reason === undefined ? '' : String(reason)
    if (Buffer.byteLength(text) > MAX_REASON_BYTES) {
      throw new RangeError('The message must not be greater than 123 bytes')
    }
    if (this.#readyState === CLOSING) return
    this.#readyState = CLOSING
    this.#pump!.close(code, code === undefined ? '' : text)
  }

  /** Drop the connection now. */
  terminate(): void {
    if (this.#readyState === CLOSED) return
    if (this.#readyState === CONNECTING) this.#giveUp()
    else {
      this.#readyState = CLOSING
      this.#pump!.destroy('terminated')
    }
  }

  pause(): void {
    if (this.#pump === undefined || this.#readyState === CLOSED) return
    this.#paused = true
    this.#pump.pause()
  }

  resume(): void {
    if (this.#pump === undefined || this.#readyState === CLOSED) return
    this.#paused = false
    this.#pump.resume()
  }

  addEventListener(type: string, taker: EventTaker, options: { once?: boolean } = {}): void {
    this.#listeners.add(type, taker, options.once === true)
  }

  removeEventListener(type: string, taker: EventTaker): void {
    this.#listeners.remove(type, taker)
  }

  get onopen(): EventHandler | null {
    return this.#listeners.handler('open')
  }
  set onopen(handler: EventHandler | null) {
    this.#listeners.setHandler('open', handler)
  }
  get onmessage(): EventHandler | null {
    return this.#listeners.handler('message')
  }
  set onmessage(handler: EventHandler | null) {
    this.#listeners.setHandler('message', handler)
  }
  get onclose(): EventHandler | null {
    return this.#listeners.handler('close')
  }
  set onclose(handler: EventHandler | null) {
    this.#listeners.setHandler('close', handler)
  }
  get onerror(): EventHandler | null {
    return this.#listeners.handler('error')
  }
  set onerror(handler: EventHandler | null) {
    this.#listeners.setHandler('error', handler)
  }

  #open(url: URL, protocols: readonly string[], options: ClientOptions): void {
    this.#request = open(url, protocols, options, {
      upgrade: (response) => this.emit('upgrade', response),
      unexpected: (request, response) => this.emit('unexpected-response', request, response),
      failed: (error) => this.#notOpened(error),
      opened: ({ stream, head, protocol, extension }) => {
        // A listener for 'upgrade' may have given up.
        if (this.#readyState !== CONNECTING) {
          stream.destroy()
          return
        }
        if (head.length > 0) stream.unshift(head)
        this.#attach('client', { ...options, stream, protocol, extension })
        this.emit('open')
      },
    })
  }

  #attach(role: 'client' | 'server', side: ServerSide): void {
    this.#request = undefined
    this.protocol = side.protocol
    this.extensions = side.extension === undefined ? '' : 'permessage-deflate'
    const pump = new Pump(side.stream, {
      role,
      limits: role === 'server' ? side.limits : limitsOf(side),
      extension: side.extension,
    })
    this.#pump = pump
    this.#readyState = OPEN
    pump.listen({
      message: (bytes, start, end, isText) => {
        const data = toRawData(pump.connection.keep(bytes, start, end), isText, this.binaryType)
        this.emit('message', data, !isText)
      },
      ping: (bytes, start, end) => this.emit('ping', asBuffer(bytes.slice(start, end))),
      pong: (bytes, start, end) => this.emit('pong', asBuffer(bytes.slice(start, end))),
      closing: () => {
        this.#readyState = CLOSING
      },
      failed: (code, reason) => this.#onViolation(code, reason),
      closed: (code, reason, clean) => this.#onClosed(clean ? code : 1006, clean ? reason : ''),
    })
    pump.read()
  }

  #onViolation(code: number, reason: string): void {
    this.#readyState = CLOSING
    if (this.#failed) return
    this.#failed = true
    this.emit('error', Object.assign(new RangeError(reason), { code: `WS_ERR_${code}` }))
  }

  #onClosed(code: number, reason: string): void {
    if (this.#readyState === CLOSED) return
    this.#readyState = CLOSED
    this.emit('close', code, Buffer.from(reason))
  }

  #giveUp(): void {
    this.#readyState = CLOSING
    const request = this.#request
    process.nextTick(() => {
      this.#notOpened(new Error('WebSocket was closed before the connection was established'))
      request?.destroy()
    })
  }

  #notOpened(error: Error): void {
    // Told once, whatever the request goes on to say while it is torn down.
    if (this.#failed || this.#pump !== undefined) return
    this.#failed = true
    this.#readyState = CLOSING
    this.emit('error', error)
    this.#onClosed(1006, '')
  }

  /** The pump to send on; undefined when it is too late, which only the callback is told. */
  #opened(done: SendCallback | undefined): Pump | undefined {
    const state = STATES[this.#readyState]
    const message = `WebSocket is not open: readyState ${this.#readyState} (${state})`
    if (this.#readyState === CONNECTING) throw new Error(message)
    if (this.#readyState === OPEN) return this.#pump
    if (done !== undefined) process.nextTick(done, new Error(message))
    return undefined
  }

  #sent(result: SendResult, done: SendCallback | undefined): void {
    if (result !== 'refused') {
      if (done === undefined) this.#pump!.touch()
      else this.#pump!.whenWritten(done)
      return
    }
    const error = new Error('the peer does not read: too many bytes are waiting to be sent')
    if (done !== undefined) process.nextTick(done, error)
    else {
      this.#failed = true
      this.emit('error', error)
      this.terminate()
    }
  }
}

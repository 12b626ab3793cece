import type { AnyContract } from '@wirepact/contract'
import {
  Batches,
  type Channel,
  type ChannelReceiver,
  type ChannelSource,
  type Outgoing,
  unbatch,
} from '@wirepact/protocol'
import type { Client } from './client.ts'
import { createClient } from './create-client.ts'
import { type Address, type Dial, DialError, type Surroundings, subprotocol } from './dial.ts'
import type { ClientOptions } from './options.ts'

/**
 * Connects over the platform's own `WebSocket`: browsers, Deno, Bun, Node.js from 22. Returns at once; calls wait until
 * the connection stands.
 *
 * @param url `ws:` or `wss:`, or (in a page) a path on the page's own server; or a function that says so anew for each
 * connection, for what is good only once: `async () => '/api?ticket=' + (await getTicket())`. When it throws, it is asked
 * again for the next try
 * @throws TypeError where there is no WebSocket (Node.js 20: use `@wirepact/client/node`) or the URL cannot be used
 */
export function connect<C extends AnyContract>(contract: C, url: Address, options: ClientOptions<C> = {}): Client<C> {
  if (typeof WebSocket === 'undefined') {
    throw new TypeError("no WebSocket on this platform: import connect from '@wirepact/client/node'")
  }
  return createClient(contract, dialBrowser(typeof url === 'function' ? url : absolute(url)), options, {
    surroundings: pageSurroundings(),
    // Each message costs a page an event of its own.
    batches: true,
  })
}

function absolute(url: string | URL): string {
  const base = (globalThis as { location?: { href: string } }).location?.href
  const resolved = new URL(url, base)
  resolved.protocol = resolved.protocol.replace('http', 'ws')
  return resolved.href
}

function dialBrowser(address: Address): Dial {
  return async (signal) => {
    const url = absolute(typeof address === 'function' ? await address() : address)
    return new Promise<ChannelSource>((resolve, reject) => {
      const socket = new WebSocket(url, subprotocol)
      // Not the default everywhere: React Native has no default at all.
      socket.binaryType = 'arraybuffer'
      const channel = new BrowserChannel(socket)
      const giveUp = () => {
        channel.terminate()
        reject(signal.reason)
      }
      signal.addEventListener('abort', giveUp, { once: true })
      socket.onopen = () => {
        signal.removeEventListener('abort', giveUp)
        resolve({ channel, encoding: 'binary', start: (receiver) => channel.start(receiver) })
      }
      // The platform tells scripts nothing about why.
      socket.onclose = () => reject(new DialError('the server could not be reached', false))
    })
  }
}

class BrowserChannel implements Channel {
  readonly #socket: WebSocket
  readonly #early: (ArrayBuffer | string)[] = []
  #receiver: ChannelReceiver | undefined
  #batches: Batches | undefined
  #closed = false

  constructor(socket: WebSocket) {
    this.#socket = socket
    socket.onmessage = ({ data }: MessageEvent<ArrayBuffer | string>) => this.#deliver(data)
  }

  get bufferedBytes(): number {
    return this.#socket.bufferedAmount + (this.#batches?.heldBytes ?? 0)
  }

  start(receiver: ChannelReceiver): void {
    this.#receiver = receiver
    this.#socket.onclose = ({ code, reason, wasClean }) => this.#gone(code, reason, wasClean)
    for (const data of this.#early.splice(0)) this.#deliver(data)
    if (this.#socket.readyState === WebSocket.CLOSED) this.#gone(1006, '', false)
  }

  batch(): void {
    this.#batches = new Batches((message) => this.#write(message))
  }

  send(message: Outgoing): void {
    if (this.#batches === undefined || typeof message === 'string') this.#write(message)
    else this.#batches.send(message)
  }

  #write(message: Outgoing): void {
    if (this.#socket.readyState !== WebSocket.OPEN) return
    this.#socket.send(
      typeof message === 'string' ? message : (message.bytes.subarray(message.start, message.end) as BufferSource),
    )
  }

  close(code: number, reason: string): void {
    this.#batches?.flush()
    // The platform refuses reasons above 123 bytes by throwing; 41 UTF-16 units are never more.
    this.#socket.close(code, reason.length > 41 ? reason.slice(0, 41) : reason)
  }

  terminate(): void {
    // Scripts cannot cut a connection, and a closing handshake with a dead peer takes the platform a minute: what it
    // still says is not listened to.
    this.#socket.onmessage = null
    this.#socket.close()
    this.#gone(1006, '', false)
  }

  #deliver(data: ArrayBuffer | string): void {
    const receiver = this.#receiver
    if (receiver === undefined) this.#early.push(data)
    else if (typeof data === 'string') receiver.text(data)
    else {
      const bytes = new Uint8Array(data)
      if (this.#batches !== undefined) unbatch(receiver, bytes, 0, bytes.length, true)
      else receiver.message(bytes, 0, bytes.length, true)
    }
  }

  #gone(code: number, reason: string, clean: boolean): void {
    if (this.#closed) return
    this.#closed = true
    this.#receiver?.closed(code, reason, clean)
  }
}

function pageSurroundings(): Surroundings {
  const page = globalThis as {
    navigator?: { onLine?: boolean }
    document?: EventTarget & { visibilityState?: string }
    addEventListener?: (type: string, listener: () => void) => void
    removeEventListener?: (type: string, listener: () => void) => void
  }
  return {
    online: () => page.navigator?.onLine !== false,
    onWake(listener) {
      const shown = () => {
        if (page.document?.visibilityState === 'visible') listener()
      }
      page.addEventListener?.('online', listener)
      page.document?.addEventListener('visibilitychange', shown)
      return () => {
        page.removeEventListener?.('online', listener)
        page.document?.removeEventListener('visibilitychange', shown)
      }
    },
  }
}

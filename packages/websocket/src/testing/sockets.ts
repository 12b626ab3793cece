import { once } from 'node:events'
import { connect as connectTcp, type Socket } from 'node:net'
import { afterEach } from 'vitest'
import { type ConnectOptions, connect } from '../node/connect.ts'
import { type Listening, type ListenOptions, listen } from '../node/listen.ts'
import { decodeText } from '../node/platform.ts'
import type { NodeWebSocket } from '../node/socket.ts'

type Close = readonly [code: number, reason: string, clean: boolean]

/** A started socket whose messages wait in order until a test asks for them. */
export class Started {
  readonly socket: NodeWebSocket
  readonly closed: Promise<Close>
  drains = 0
  readonly #messages: (string | Uint8Array)[] = []
  #waiting: (() => void) | undefined

  constructor(socket: NodeWebSocket, echo = false) {
    this.socket = socket
    this.closed = new Promise((resolve) => {
      socket.start({
        message: (bytes, start, end, isText) => {
          if (echo && isText) socket.sendText(decodeText(bytes, start, end))
          else if (echo) socket.sendBinary(bytes, start, end)
          this.#messages.push(isText ? decodeText(bytes, start, end) : bytes.slice(start, end))
          this.#waiting?.()
        },
        drain: () => this.drains++,
        closed: (...close) => resolve(close),
      })
    })
  }

  get received(): number {
    return this.#messages.length
  }

  async next(): Promise<string | Uint8Array> {
    while (this.#messages.length === 0) {
      await new Promise<void>((resolve) => {
        this.#waiting = resolve
      })
    }
    return this.#messages.shift()!
  }
}

const cleanups: (() => unknown)[] = []

/** Undo after the test, last first. */
export function cleanup(undo: () => unknown): void {
  cleanups.push(undo)
}

/** Call at the top of a test file. */
export function cleanUpAfterEach(): void {
  afterEach(async () => {
    for (const undo of cleanups.splice(0).reverse()) await undo()
  })
}

/** A server on a free port that echoes unless told otherwise. */
export async function serve(options: Partial<ListenOptions> = {}): Promise<Listening> {
  const server = await listen({
    port: 0,
    host: '127.0.0.1',
    onSocket: (socket) => new Started(socket, true),
    ...options,
  })
  cleanup(() => server.close())
  return server
}

export async function dial(url: string, options: ConnectOptions = {}): Promise<Started> {
  const socket = await connect(url, options)
  cleanup(() => socket.terminate())
  return new Started(socket)
}

/** A bare TCP connection to a port, for what no client would do. */
export async function rawDial(port: number): Promise<Socket> {
  const socket = connectTcp(port, '127.0.0.1')
  cleanup(() => socket.destroy())
  socket.on('error', () => undefined)
  await once(socket, 'connect')
  return socket
}

/** Everything the other side sends until it ends, as one character per byte. */
export async function readAll(socket: Socket): Promise<string> {
  let text = ''
  socket.on('data', (chunk: Buffer) => {
    text += chunk.toString('latin1')
  })
  await once(socket, 'close')
  return text
}

export const UPGRADE =
  'GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n'

/** Wait until something is so, looking again in every turn of the event loop. */
export async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 5))
}

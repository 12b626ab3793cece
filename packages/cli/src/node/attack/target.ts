import { connect as connectTcp, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import type { WelcomeMessage } from '@wirepact/protocol'
import { connect, type NodeWebSocket } from '@wirepact/websocket/node'
import { RawClient } from './raw-client.ts'

/** A streaming procedure of the server: contracts do not tell others which are. It accepts items, and yields some. */
export interface NamedStream {
  readonly method: string
  readonly input: unknown
}

/** The server under attack, and the ways to reach it. */
export class Target {
  readonly url: URL
  readonly credentials: unknown
  readonly streaming: NamedStream | undefined
  /** What the server said to the first client that it welcomed. */
  welcome: WelcomeMessage | undefined

  constructor(url: URL, credentials: unknown, streaming?: NamedStream) {
    this.url = url
    this.streaming = streaming
    this.credentials = credentials
  }

  get secure(): boolean {
    return this.url.protocol === 'wss:' || this.url.protocol === 'https:'
  }

  /** The largest message that the server accepts. */
  get messageBytes(): number {
    return this.welcome?.limits.messageBytes ?? 1_048_576
  }

  limit(name: string, otherwise: number): number {
    return this.welcome?.limits[name] ?? otherwise
  }

  /** A WebSocket of the core, with whatever headers. */
  socket(protocol = 'wirepact.1', headers: Readonly<Record<string, string>> = {}): Promise<NodeWebSocket> {
    const { url, secure } = this
    // Against a server of one's own on this machine, its certificate proves nothing that matters here.
    const tls = secure ? { rejectUnauthorized: false } : undefined
    const limits = { messageBytes: 0x7fff_ffff, frameBytes: 0x7fff_ffff, bufferBytes: 0x7fff_ffff }
    return connect(url, { protocols: [protocol], headers, tls, limits })
  }

  /** A client that has not said anything. */
  async stranger(protocol: 'wirepact.1' | 'wirepact.1+json' = 'wirepact.1'): Promise<RawClient> {
    return new RawClient(await this.socket(protocol))
  }

  /** A client that has been welcomed. @throws Error when it is not */
  async guest(options: { resumable?: boolean; json?: boolean; batch?: boolean } = {}): Promise<RawClient> {
    const client = await this.stranger(options.json ? 'wirepact.1+json' : 'wirepact.1')
    await client.hello({ credentials: this.credentials, resumable: options.resumable, batch: options.batch })
    return client
  }

  /** A bare stream to the server: TCP, or TLS. */
  stream(): Promise<Socket> {
    const { hostname, port, protocol } = this.url
    const host = hostname.replace(/^\[|\]$/g, '')
    const at = { host, port: Number(port) || (this.secure || protocol === 'wss:' ? 443 : 80) }
    return new Promise((resolve, reject) => {
      const opened = () => {
        socket.off('error', reject)
        socket.on('error', () => {})
        resolve(socket)
      }
      const socket: Socket = this.secure
        ? connectTls({ ...at, rejectUnauthorized: false }, opened)
        : connectTcp(at, opened)
      socket.once('error', reject)
    })
  }

  /** The head of a request for a WebSocket, as lines. */
  requestHead(more: readonly string[] = []): string {
    const { host, pathname, search } = this.url
    const lines = [
      `GET ${pathname}${search} HTTP/1.1`,
      `Host: ${host}`,
      'Upgrade: websocket',
      'Connection: Upgrade',
      'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
      'Sec-WebSocket-Version: 13',
      'Sec-WebSocket-Protocol: wirepact.1',
      ...more,
    ]
    return `${lines.join('\r\n')}\r\n`
  }
}

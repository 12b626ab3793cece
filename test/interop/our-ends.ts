import { connect, decodeText, type Listening, listen, type NodeWebSocket } from '@wirepact/websocket/node'
import { onTestFinished } from 'vitest'

export const CLOSE = 'close, please'
/** Above the default of 16 MiB, so that a message of exactly that fits with room to spare. */
const limits = { messageBytes: 32 * 1024 * 1024, frameBytes: 32 * 1024 * 1024 }

/** What every foreign client has to have seen of our server. Its own close is answered with its code and no reason. */
export const seenByClient = {
  wrong: [],
  protocol: 'chat',
  ours: [4001, '', true],
  theirs: [4002, 'as you wish', true],
}

export interface EchoServer {
  readonly listening: Listening
  readonly url: string
  /** How each connection ended, as our side saw it. */
  readonly closes: (readonly [code: number, reason: string, clean: boolean])[]
}

/** Our server: it echoes, and closes when it is asked to. */
export async function ourServer(compression: boolean): Promise<EchoServer> {
  const closes: [number, string, boolean][] = []
  const listening = await listen({
    port: 0,
    host: '127.0.0.1',
    compression,
    limits,
    protocol: (offered) => offered[0],
    onSocket: (socket) =>
      socket.start({
        message(bytes, start, end, isText) {
          if (!isText) socket.sendBinary(bytes, start, end)
          else {
            const text = decodeText(bytes, start, end)
            if (text === CLOSE) socket.close(4002, 'as you wish')
            else socket.sendText(text)
          }
        },
        closed: (...close) => closes.push(close),
      }),
  })
  onTestFinished(() => listening.close())
  return { listening, url: listening.url, closes }
}

/** Our client, whose messages wait until they are asked for. */
export class OurClient {
  readonly socket: NodeWebSocket
  readonly closed: Promise<readonly [code: number, reason: string, clean: boolean]>
  readonly #messages: (string | Uint8Array)[] = []
  #arrived = () => {}

  constructor(socket: NodeWebSocket) {
    this.socket = socket
    this.closed = new Promise((resolve) => {
      socket.start({
        message: (bytes, start, end, isText) => {
          this.#messages.push(isText ? decodeText(bytes, start, end) : bytes.slice(start, end))
          this.#arrived()
        },
        closed: (...close) => resolve(close),
      })
    })
  }

  static async dial(url: string, compression: boolean): Promise<OurClient> {
    const client = new OurClient(await connect(url, { compression, limits }))
    onTestFinished(() => client.socket.terminate())
    return client
  }

  async next(): Promise<string | Uint8Array> {
    while (this.#messages.length === 0) {
      await new Promise<void>((resolve) => {
        this.#arrived = resolve
      })
    }
    return this.#messages.shift()!
  }
}

const SIZES = [0, 1, 125, 126, 65_535, 65_536, 1_000_000]
const TEXTS = ['', 'hello', 'grüße 👋', 'x'.repeat(70_000)]

/** Everything our client asks of a foreign server. @returns what was wrong, and how both closings went */
export async function askEverything(url: string, compression: boolean, largest: number) {
  const client = await OurClient.dial(url, compression)
  const { socket } = client
  const wrong: string[] = []
  for (const text of TEXTS) {
    socket.sendText(text)
    if ((await client.next()) !== text) wrong.push(`text of ${text.length}`)
  }
  for (const size of [...SIZES, largest]) {
    const bytes = Uint8Array.from({ length: size }, (_, i) => (i * 31 + (i >> 8)) & 0xff)
    socket.sendBinary(bytes)
    const echo = await client.next()
    if (typeof echo === 'string' || Buffer.compare(echo, bytes) !== 0) wrong.push(`${size} bytes`)
  }
  for (let i = 0; i < 200; i++) socket.sendText(`message ${i}`)
  for (let i = 0; i < 200; i++) if ((await client.next()) !== `message ${i}`) wrong.push(`message ${i}`)
  socket.close(4001, 'bye')
  const other = await OurClient.dial(url, compression)
  other.socket.sendText(CLOSE)
  return { wrong, ours: await client.closed, theirs: await other.closed }
}

/** What our client has to have seen of every foreign server. */
export const seenByOurClient = {
  wrong: [],
  ours: [4001, 'bye', true],
  theirs: [4002, 'as you wish', true],
}

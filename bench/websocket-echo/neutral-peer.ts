import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import type { EchoCase } from './echo-case.ts'
import { payloadOf } from './echo-case.ts'
import { CLIENT_KEY, FrameCounter, frameOf } from './frames.ts'

// The other end of every subject: raw TCP that writes ready-made frames and counts what comes back. It does so little
// that the subject is always what is waited for.

const END_OF_HEAD = '\r\n\r\n'

/** Keeps so many messages under way to a server, and tells how many came back. */
export class NeutralClient {
  readonly #socket: Socket
  readonly #frame: Buffer
  readonly #inFlight: number
  readonly #echoes: Echoes
  readonly #burst: Buffer

  private constructor(socket: Socket, given: EchoCase) {
    const payload = payloadOf(given)
    this.#socket = socket
    this.#frame = frameOf(payload, true, given.compressed)
    this.#inFlight = given.inFlight
    this.#echoes = given.compressed ? new CountedEchoes() : new ComparedEchoes(frameOf(payload, false, false))
    this.#burst = Buffer.concat(Array.from({ length: given.inFlight }, () => this.#frame))
  }

  static async open(port: number, given: EchoCase): Promise<NeutralClient> {
    const socket = connect(port, '127.0.0.1')
    await once(socket, 'connect')
    socket.setNoDelay(true)
    const offer = given.compressed ? 'Sec-WebSocket-Extensions: permessage-deflate\r\n' : ''
    socket.write(
      `GET / HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
        `Sec-WebSocket-Key: ${CLIENT_KEY}\r\nSec-WebSocket-Version: 13\r\n${offer}\r\n`,
    )
    const { head, rest } = await readHead(socket)
    if (!head.startsWith('HTTP/1.1 101')) throw new Error(`no upgrade: ${head}`)
    if (given.compressed && !/permessage-deflate/i.test(head)) throw new Error('the server does not compress')
    const client = new NeutralClient(socket, given)
    client.#echoes.push(rest)
    return client
  }

  /** @returns the number of messages that came back within the time */
  async run(milliseconds: number): Promise<number> {
    const socket = this.#socket
    let over = false
    let returned = 0
    let finish = () => {}
    const done = new Promise<void>((resolve) => {
      finish = resolve
    })
    let outstanding = this.#inFlight
    const onData = (chunk: Buffer) => {
      const count = this.#echoes.push(chunk)
      returned += count
      if (over) {
        outstanding -= count
        if (outstanding === 0) finish()
      } else if (count > 0) socket.write(this.#burst.subarray(0, count * this.#frame.length))
    }
    socket.on('data', onData)
    const failed = once(socket, 'close').then(() => {
      throw new Error('the server closed the connection')
    })
    failed.catch(() => undefined)
    socket.write(this.#burst)
    const timer = setTimeout(() => {
      over = true
    }, milliseconds)
    await Promise.race([done, failed])
    clearTimeout(timer)
    socket.off('data', onData)
    return returned
  }

  close(): void {
    this.#socket.destroy()
  }
}

/** Answers every message of a client with the same message, without reading it beyond its header. */
export async function neutralServer(given: EchoCase): Promise<number> {
  const payload = payloadOf(given)
  const frame = frameOf(payload, false, given.compressed)
  const burst = Buffer.concat(Array.from({ length: given.inFlight }, () => frame))
  const server = createServer(async (socket) => {
    socket.setNoDelay(true)
    socket.on('error', () => socket.destroy())
    const { head } = await readHead(socket)
    const key = /^sec-websocket-key: *(\S+)/im.exec(head)?.[1] ?? ''
    const accept = createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64')
    // One message over and over, compressed on its own: that is what this answer says, and what a client may have asked for.
    const deflate = 'Sec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover\r\n'
    const answer = given.compressed ? deflate : ''
    if (given.compressed && !/permessage-deflate/i.test(head)) {
      socket.destroy()
      return
    }
    const echoes = given.compressed ? new CountedEchoes() : new SizedEchoes(frameOf(payload, true, false).length)
    socket.on('data', (chunk) => {
      const count = echoes.push(chunk)
      for (let left = count; left > 0; left -= given.inFlight) {
        socket.write(burst.subarray(0, Math.min(left, given.inFlight) * frame.length))
      }
    })
    socket.write(
      'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
        `Sec-WebSocket-Accept: ${accept}\r\n${answer}\r\n`,
    )
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}

async function readHead(socket: Socket): Promise<{ head: string; rest: Buffer }> {
  let read = Buffer.alloc(0)
  for (;;) {
    const [chunk] = (await once(socket, 'data')) as [Buffer]
    read = Buffer.concat([read, chunk])
    const end = read.indexOf(END_OF_HEAD)
    if (end < 0) continue
    return { head: read.toString('latin1', 0, end + 2), rest: read.subarray(end + END_OF_HEAD.length) }
  }
}

interface Echoes {
  /** @returns how many messages ended in this chunk */
  push(chunk: Buffer): number
}

/** Every byte is compared with the one that must stand there. */
class ComparedEchoes implements Echoes {
  readonly #frameBytes: number
  readonly #expected: Buffer
  #at = 0

  constructor(frame: Buffer) {
    this.#frameBytes = frame.length
    const copies = Math.ceil((256 * 1024) / frame.length) + 1
    this.#expected = Buffer.concat(Array.from({ length: copies }, () => frame))
  }

  push(chunk: Buffer): number {
    const expected = this.#expected.subarray(this.#at, this.#at + chunk.length)
    if (!chunk.equals(expected)) throw new Error('the echo is not what was sent')
    const end = this.#at + chunk.length
    this.#at = end % this.#frameBytes
    return Math.floor(end / this.#frameBytes)
  }
}

/** Every message has the same length. */
class SizedEchoes implements Echoes {
  readonly #frameBytes: number
  #at = 0

  constructor(frameBytes: number) {
    this.#frameBytes = frameBytes
  }

  push(chunk: Buffer): number {
    const end = this.#at + chunk.length
    this.#at = end % this.#frameBytes
    return Math.floor(end / this.#frameBytes)
  }
}

class CountedEchoes implements Echoes {
  readonly #counter = new FrameCounter()

  push(chunk: Buffer): number {
    const before = this.#counter.frames
    this.#counter.push(chunk)
    return this.#counter.frames - before
  }
}

/** Compressed messages over real sockets, with ourselves and with `ws`, in every combination of parameters. */
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { describe, expect, test } from 'vitest'
import { WebSocket as TheirSocket, WebSocketServer } from 'ws'
import { cleanUpAfterEach, cleanup, dial, Started, serve } from '../testing/sockets.ts'
import type { CompressionOptions } from './compression.ts'
import { connect } from './connect.ts'

cleanUpAfterEach()

const ROW = JSON.stringify({ sensor: 'north-7', temperature: 21.5, humidity: 40, status: 'ok' })
/** From too small to compress, over what is done at once, to what is done in the thread pool. */
const SIZES = [0, 1, 100, 1024, 5000, 65_535, 65_536, 300_000, 2_000_000]
const text = (size: number) => ROW.repeat(Math.ceil(size / ROW.length)).slice(0, size)
const noise = (size: number) => Uint8Array.from({ length: size }, (_, i) => (Math.imul(i, 2654435761) >>> 13) & 255)

const COMBINATIONS: readonly (readonly [name: string, options: CompressionOptions])[] = [
  ['the defaults', {}],
  ['takeover both ways', { sendTakeover: true, receiveTakeover: true }],
  ['no takeover', { sendTakeover: false }],
  ['takeover of what is received', { sendTakeover: false, receiveTakeover: true }],
  ['the smallest windows', { sendWindowBits: 8, receiveWindowBits: 8, sendTakeover: true, receiveTakeover: true }],
  ['windows of 9 and 12', { sendWindowBits: 9, receiveWindowBits: 12 }],
  [
    'everything in the thread pool',
    { laterFromBytes: 1, thresholdBytes: 1, sendTakeover: true, receiveTakeover: true },
  ],
]

async function converse(socket: Started): Promise<void> {
  const sent: (string | Uint8Array)[] = []
  // All at once: small ones must not overtake large ones that take their time.
  for (const size of SIZES) sent.push(text(size), noise(Math.min(size, 200_000)))
  for (const message of sent) {
    if (typeof message === 'string') socket.socket.sendText(message)
    else socket.socket.sendBinary(message)
  }
  for (const message of sent) {
    const got = await socket.next()
    // Not `toEqual` on the bytes: a failure would print megabytes.
    expect(typeof got === 'string' ? got === message : Buffer.compare(got, message as Uint8Array) === 0).toBe(true)
  }
}

describe.each(COMBINATIONS)('with %s', (_name, compression) => {
  test('both ends are ours', async () => {
    const server = await serve({ compression })
    const client = await dial(server.url, { compression })
    await converse(client)
    client.socket.close(1000)
    expect(await client.closed).toEqual([1000, '', true])
  })

  test('the client is ws', async () => {
    const server = await serve({ compression: { ...compression, receiveWindowBits: 15 } })
    const client = new TheirSocket(server.url, { perMessageDeflate: { threshold: 0 } })
    cleanup(() => client.terminate())
    await once(client, 'open')
    expect(client.extensions).toMatch(/permessage-deflate/)
    const messages: Buffer[] = []
    client.on('message', (data: Buffer) => messages.push(data))
    const sent = SIZES.flatMap((size) => [text(size), text(Math.min(size, 700))])
    for (const message of sent) client.send(message)
    while (messages.length < sent.length) await once(client, 'message')
    for (const [i, message] of sent.entries()) expect(messages[i]!.toString() === message).toBe(true)
  })

  test('the server is ws', async () => {
    const server = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: { threshold: 0 } })
    cleanup(() => server.close())
    server.on('connection', (socket) => {
      socket.on('error', () => undefined)
      socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary }))
    })
    await once(server, 'listening')
    const client = await dial(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`, { compression })
    await converse(client)
  })
})

describe('what is large', () => {
  test('is inflated while pings are answered afterwards, and a close comes after it', async () => {
    const server = await serve({ compression: { laterFromBytes: 1 } })
    const client = await dial(server.url, { compression: true })
    client.socket.sendText(text(1_000_000))
    client.socket.sendText('after')
    client.socket.close(1000, 'done')
    expect(await client.next()).toHaveLength(1_000_000)
    expect(await client.next()).toBe('after')
    expect(await client.closed).toEqual([1000, '', true])
  })

  test('is delivered though the peer ended its connection right behind it', async () => {
    let received!: Started
    const server = await serve({
      compression: { laterFromBytes: 1 },
      onSocket: (socket) => {
        received = new Started(socket)
      },
    })
    const client = new TheirSocket(server.url, { perMessageDeflate: { threshold: 0 } })
    await once(client, 'open')
    client.send(text(1_000_000))
    const stream = Reflect.get(client, '_socket') as import('node:net').Socket
    client.ping('', undefined, () => stream.end())
    expect(await received.next()).toHaveLength(1_000_000)
    expect((await received.closed)[0]).toBe(1006)
  })

  test('may be sent before anybody reads, and loses nothing that comes meanwhile', async () => {
    const server = await serve({ compression: true, onSocket: (socket) => void new Started(socket, true) })
    const socket = await connect(server.url, { compression: true })
    cleanup(() => socket.terminate())
    socket.sendText(text(1_000_000))
    // Until it was compressed, left, came back, and lies in the stream.
    await new Promise((resolve) => setTimeout(resolve, 100))
    expect(await new Started(socket).next()).toHaveLength(1_000_000)
  })

  test('counts as buffered until it is compressed, and drains', async () => {
    const server = await serve({ compression: true })
    const client = await dial(server.url, { compression: true })
    expect(client.socket.sendText(text(2_000_000))).toBe('full')
    expect(client.socket.bufferedAmount).toBeGreaterThanOrEqual(2_000_000)
    expect(await client.next()).toHaveLength(2_000_000)
    expect(client.drains).toBe(1)
    expect(client.socket.bufferedAmount).toBe(0)
  })
})

test('is off unless both sides want it', async () => {
  const plain = await serve({})
  const client = await dial(plain.url, { compression: true })
  client.socket.sendText(text(2000))
  expect(await client.next()).toHaveLength(2000)
  const theirs = new TheirSocket(plain.url)
  cleanup(() => theirs.terminate())
  await once(theirs, 'open')
  expect(theirs.extensions).toBe('')
})

/** Both ways against `ws`: every kind of message, in fragments too, up to 16 MiB, compressed and not, closed by either. */
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { describe, expect, test } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import { cleanUpAfterEach, cleanup, dial, Started, serve } from '../testing/sockets.ts'

cleanUpAfterEach()

const SIZES = [0, 1, 125, 126, 65_535, 65_536, 1_000_000, 16 * 1024 * 1024]
const bytesOf = (size: number) => Uint8Array.from({ length: size }, (_, i) => (i * 31 + (i >> 8)) & 0xff)
const TEXTS = ['', 'hello', 'grüße 👋', 'x'.repeat(70_000)]
const modes = [
  ['plain', false],
  ['compressed', true],
] as const

/** The messages of `ws`, one after the other. */
function inbox(socket: WebSocket): () => Promise<string | Uint8Array> {
  const messages: (string | Uint8Array)[] = []
  let arrived = () => {}
  socket.on('message', (data: Buffer, isBinary) => {
    messages.push(isBinary ? new Uint8Array(data) : data.toString())
    arrived()
  })
  return async () => {
    while (messages.length === 0) {
      await new Promise<void>((resolve) => {
        arrived = resolve
      })
    }
    return messages.shift()!
  }
}

describe.each(modes)('%s', (_mode, compression) => {
  const perMessageDeflate = compression ? { threshold: 0 } : false

  async function wsClient() {
    const ends: Started[] = []
    const server = await serve({ compression, onSocket: (socket) => ends.push(new Started(socket, true)) })
    const socket = new WebSocket(server.url, { perMessageDeflate })
    cleanup(() => socket.terminate())
    const next = inbox(socket)
    await once(socket, 'open')
    expect(socket.extensions).toBe(compression ? 'permessage-deflate' : '')
    return { socket, next, ends }
  }

  async function wsServer() {
    const server = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate })
    cleanup(() => server.close())
    server.on('connection', (socket) => {
      socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary }))
    })
    await once(server, 'listening')
    return { server, url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}` }
  }

  test('its client, our server: whole messages', async () => {
    const { socket, next } = await wsClient()
    for (const message of [...TEXTS, ...SIZES.map(bytesOf)]) {
      socket.send(message)
      const echo = await next()
      // By the platform: a difference in 16 MiB would take minutes to print.
      expect(typeof message === 'string' ? echo === message : Buffer.compare(message, echo as Uint8Array) === 0).toBe(
        true,
      )
    }
  })

  test('its client, our server: fragments, with pings between them', async () => {
    const { socket, next } = await wsClient()
    const pieces = ['frag', '', 'mented gr', 'üße 👋']
    pieces.forEach((piece, i) => {
      socket.send(piece, { fin: i === pieces.length - 1, binary: false })
      socket.ping(`after ${i}`)
    })
    expect(await next()).toBe(pieces.join(''))
    const halves = [bytesOf(100_000), bytesOf(0), bytesOf(70_000)]
    halves.forEach((half, i) => {
      socket.send(half, { fin: i === 2 })
    })
    expect(Buffer.compare(Buffer.concat(halves), (await next()) as Uint8Array)).toBe(0)
    // 4 MiB as an honest, if clumsy, peer may send it.
    const crumb = bytesOf(64)
    for (let i = 0; i < 65_536; i++) socket.send(crumb, { fin: i === 65_535, compress: false })
    expect(((await next()) as Uint8Array).length).toBe(4 * 1024 * 1024)
  })

  test('our client, its server: whole messages', async () => {
    const client = await dial((await wsServer()).url, { compression })
    for (const message of [...TEXTS, ...SIZES.map(bytesOf)]) {
      if (typeof message === 'string') client.socket.sendText(message)
      else client.socket.sendBinary(message)
      const echo = await client.next()
      expect(typeof message === 'string' ? echo === message : Buffer.compare(message, echo as Uint8Array) === 0).toBe(
        true,
      )
    }
  })

  test('our client, its server: fragments that it sends', async () => {
    const { server, url } = await wsServer()
    server.on('connection', (socket) => {
      socket.send('gr', { fin: false })
      socket.send('', { fin: false })
      socket.ping()
      socket.send('üße', { fin: true })
    })
    expect(await (await dial(url, { compression })).next()).toBe('grüße')
  })

  test('closed by either side, in both parts', async () => {
    const { socket, ends } = await wsClient()
    socket.close(4001, 'its client')
    expect(await ends[0]!.closed).toEqual([4001, 'its client', true])
    const again = await wsClient()
    again.ends[0]!.socket.close(4002, 'our server')
    const [code, reason] = (await once(again.socket, 'close')) as [number, Buffer]
    expect([code, reason.toString()]).toEqual([4002, 'our server'])
    const { server, url } = await wsServer()
    const client = await dial(url, { compression })
    client.socket.close(4003, 'our client')
    expect(await client.closed).toEqual([4003, 'our client', true])
    const other = await dial(url, { compression })
    for (const peer of server.clients) peer.close(4004, 'its server')
    expect(await other.closed).toEqual([4004, 'its server', true])
  })
})

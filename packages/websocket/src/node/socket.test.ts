import { once } from 'node:events'
import { describe, expect, test } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import {
  cleanUpAfterEach,
  cleanup,
  dial,
  rawDial,
  readAll,
  Started,
  serve,
  UPGRADE,
  until,
} from '../testing/sockets.ts'
import { frame, hex } from '../testing/wire.ts'
import { connect } from './connect.ts'
import { flushQueue } from './flush-queue.ts'
import type { NodeWebSocket } from './socket.ts'

cleanUpAfterEach()

const SIZES = [0, 1, 125, 126, 65_535, 65_536, 1_000_000]

/** A server of ours whose sockets wait to be taken. */
async function serveByHand(options = {}) {
  const sockets: NodeWebSocket[] = []
  const server = await serve({ onSocket: (socket) => sockets.push(socket), ...options })
  const accepted = async () => {
    await until(() => sockets.length > 0)
    return sockets.shift()!
  }
  return { server, accepted }
}

async function foreignServer(onSocket: (socket: WebSocket) => void): Promise<string> {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' })
  cleanup(() => server.close())
  server.on('connection', onSocket)
  await once(server, 'listening')
  return `ws://127.0.0.1:${(server.address() as { port: number }).port}/`
}

async function foreignClient(url: string): Promise<WebSocket> {
  const client = new WebSocket(url, { perMessageDeflate: false })
  cleanup(() => client.terminate())
  client.on('error', () => undefined)
  await once(client, 'open')
  return client
}

describe('ours and ours', () => {
  test('carry text and binary of every length form', async () => {
    const client = await dial((await serve()).url)
    for (const size of SIZES) {
      const bytes = new Uint8Array(size).fill(size & 255)
      client.socket.sendBinary(bytes)
      expect(await client.next()).toEqual(bytes)
      client.socket.sendText('é'.repeat(size / 2))
      expect(await client.next()).toBe('é'.repeat(size / 2))
    }
  })

  test('keep thousands of messages in order', async () => {
    const client = await dial((await serve()).url)
    for (let i = 0; i < 5000; i++) client.socket.sendText(`message ${i}`)
    for (let i = 0; i < 5000; i++) expect(await client.next()).toBe(`message ${i}`)
  })

  test('close from the client, with code and reason', async () => {
    const { server, accepted } = await serveByHand()
    const client = await dial(server.url)
    const other = new Started(await accepted())
    client.socket.close(4000, 'enough')
    expect(await other.closed).toEqual([4000, 'enough', true])
    expect(await client.closed).toEqual([4000, '', true])
  })

  test('close from the server, with everything sent before it', async () => {
    const { server, accepted } = await serveByHand()
    const client = await dial(server.url)
    const socket = await accepted()
    const other = new Started(socket)
    for (let i = 0; i < 100; i++) socket.sendText('x'.repeat(10_000))
    socket.close(4001, 'bye')
    expect(await client.closed).toEqual([4001, 'bye', true])
    expect(client.received).toBe(100)
    expect(await other.closed).toEqual([4001, '', true])
  })

  test('terminate is 1006 on both sides', async () => {
    const { server, accepted } = await serveByHand()
    const client = await dial(server.url)
    const other = new Started(await accepted())
    client.socket.terminate()
    expect(await client.closed).toEqual([1006, 'terminated', false])
    expect((await other.closed)[0]).toBe(1006)
  })

  test('pings are answered and pongs are told', async () => {
    const socket = await connect((await serve()).url)
    cleanup(() => socket.terminate())
    const pong = new Promise<number>((resolve) => {
      socket.start({
        message: () => undefined,
        pong: (bytes, start) => resolve(bytes[start]!),
        closed: () => undefined,
      })
    })
    socket.ping(hex('2a'))
    expect(await pong).toBe(42)
  })
})

describe('ours and ws', () => {
  test('its client, our server', async () => {
    const client = await foreignClient((await serve()).url)
    for (const size of SIZES) {
      client.send(new Uint8Array(size).fill(1))
      const [data, isBinary] = (await once(client, 'message')) as [Buffer, boolean]
      expect([data.length, isBinary]).toEqual([size, true])
    }
    client.send('fragm', { fin: false })
    client.send('ented', { fin: true })
    expect(String((await once(client, 'message'))[0])).toBe('fragmented')
    client.close(4005, 'why')
    expect((await once(client, 'close'))[0]).toBe(4005)
  })

  test('its server, our client', async () => {
    const url = await foreignServer((socket) => {
      socket.on('message', (data, binary) => socket.send(data, { binary }))
      socket.on('close', (code, reason) => socket.emit('told', code, String(reason)))
    })
    const client = await dial(url)
    for (const size of SIZES) {
      client.socket.sendBinary(new Uint8Array(size))
      expect((await client.next()).length).toBe(size)
    }
    client.socket.sendText('ä')
    expect(await client.next()).toBe('ä')
    client.socket.close(4006)
    expect(await client.closed).toEqual([4006, '', true])
  })

  test('its server closes', async () => {
    const client = await dial(await foreignServer((socket) => socket.close(4007, 'so there')))
    expect(await client.closed).toEqual([4007, 'so there', true])
  })
})

describe('nothing is lost', () => {
  test('of messages sent with the 101 answer, however late the client starts', async () => {
    const server = await serve({
      onSocket: (socket) => {
        socket.sendText('first')
        socket.sendText('second')
        new Started(socket)
      },
    })
    const socket = await connect(server.url)
    cleanup(() => socket.terminate())
    await new Promise((resolve) => setTimeout(resolve, 50))
    const client = new Started(socket)
    expect([await client.next(), await client.next()]).toEqual(['first', 'second'])
  })

  test('of a message sent together with the request, however late the server starts', async () => {
    const { server, accepted } = await serveByHand()
    const raw = await rawDial(server.port)
    raw.write(Buffer.concat([Buffer.from(UPGRADE), frame(1, Buffer.from('early'), { key: 7 })]))
    const socket = await accepted()
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect(await new Started(socket).next()).toBe('early')
  })

  test('of the end, when the peer was gone before start', async () => {
    const { server, accepted } = await serveByHand()
    const raw = await rawDial(server.port)
    raw.write(UPGRADE)
    const socket = await accepted()
    raw.resetAndDestroy()
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect((await new Started(socket).closed)[0]).toBe(1006)
  })

  test('a socket closed before it was started ends cleanly', async () => {
    const { server, accepted } = await serveByHand()
    const client = await dial(server.url)
    ;(await accepted()).close(4003, 'not you')
    expect(await client.closed).toEqual([4003, 'not you', true])
  })
})

describe('a peer that misbehaves', () => {
  test('gets the close code, and reads it although it goes on sending', async () => {
    const { server, accepted } = await serveByHand()
    const raw = await rawDial(server.port)
    raw.write(UPGRADE)
    const other = new Started(await accepted())
    const answer = readAll(raw)
    raw.write(hex('8300'))
    for (let i = 0; i < 200; i++) raw.write(new Uint8Array(10_000))
    raw.end()
    expect(await answer).toContain('\x88')
    expect(await answer).toContain('reserved opcode')
    expect(await other.closed).toEqual([1002, 'reserved opcode', false])
  })

  test('that ends without a close frame is 1006', async () => {
    const { server, accepted } = await serveByHand()
    const raw = await rawDial(server.port)
    raw.write(UPGRADE)
    const other = new Started(await accepted())
    raw.end()
    expect((await other.closed)[0]).toBe(1006)
    await until(() => server.size === 0)
  })

  test('that sends its close frame and ends at once still gets ours', async () => {
    const { server, accepted } = await serveByHand()
    const raw = await rawDial(server.port)
    raw.write(UPGRADE)
    const other = new Started(await accepted())
    const answer = readAll(raw)
    raw.end(frame(8, hex('03e8'), { key: 5 }))
    expect((await answer).endsWith('\x88\x02\x03\xe8')).toBe(true)
    expect(await other.closed).toEqual([1000, '', true])
  })

  test('that resets does not crash the process', async () => {
    const { server, accepted } = await serveByHand()
    const raw = await rawDial(server.port)
    raw.write(UPGRADE)
    const other = new Started(await accepted())
    raw.resetAndDestroy()
    expect((await other.closed)[0]).toBe(1006)
    expect(other.socket.sendText('into the void')).toBe('refused')
  })

  test('that never answers a close is dropped', async () => {
    const { server, accepted } = await serveByHand({ limits: { closeTimeoutMs: 30 } })
    const raw = await rawDial(server.port)
    raw.write(UPGRADE)
    const other = new Started(await accepted())
    other.socket.close(1000)
    expect(await other.closed).toEqual([1006, 'the peer did not answer our close in time', false])
    await until(() => server.size === 0)
  })

  test('that never ends its side after the close is dropped', async () => {
    const { server, accepted } = await serveByHand({ limits: { lingerMs: 30 } })
    const raw = await rawDial(server.port)
    raw.allowHalfOpen = true
    raw.write(Buffer.concat([Buffer.from(UPGRADE), frame(8, hex('03e8'), { key: 5 })]))
    const other = new Started(await accepted())
    expect(await other.closed).toEqual([1000, '', true])
    await until(() => server.size === 0)
  })
})

describe('back-pressure', () => {
  test('send says full, drain comes when the peer reads again, and everything arrives', async () => {
    const { server, accepted } = await serveByHand({ limits: { highWaterBytes: 256 * 1024 } })
    const socket = await connect(server.url)
    cleanup(() => socket.terminate())
    const other = new Started(await accepted())
    let sent = 0
    while (other.socket.sendBinary(new Uint8Array(64 * 1024)) !== 'full' || other.socket.bufferedAmount < 8_000_000)
      sent++
    expect(other.drains).toBe(0)
    const client = new Started(socket)
    await until(() => other.drains > 0)
    expect(other.drains).toBe(1)
    await until(() => client.received === sent + 1)
    expect(other.socket.bufferedAmount).toBe(0)
  })

  test('a paused socket stops the peer, a resumed one gets everything', async () => {
    const { server, accepted } = await serveByHand()
    const client = await dial(server.url)
    const socket = await accepted()
    const other = new Started(socket)
    socket.pause()
    for (let i = 0; i < 300; i++) client.socket.sendBinary(new Uint8Array(64 * 1024))
    await new Promise((resolve) => setTimeout(resolve, 100))
    expect(other.received).toBe(0)
    expect(client.socket.bufferedAmount).toBeGreaterThan(0)
    socket.resume()
    await until(() => other.received === 300)
  })
})

describe('writing', () => {
  test('what is sent in one turn, also after several awaits, leaves in one write', async () => {
    const { server, accepted } = await serveByHand()
    const raw = await rawDial(server.port)
    raw.write(UPGRADE)
    const socket = await accepted()
    await once(raw, 'data')
    const chunks: string[] = []
    raw.on('data', (chunk: Buffer) => chunks.push(chunk.toString('latin1')))
    socket.sendText('a')
    const later = async (text: string, turns: number) => {
      for (let i = 0; i < turns; i++) await undefined
      socket.sendText(text)
    }
    await Promise.all([later('b', 1), later('c', 2), later('d', 20)])
    await until(() => chunks.length > 0)
    expect(chunks).toEqual(['\x81\x01a\x81\x01b\x81\x01c\x81\x01d'])
  })

  test('one flush that throws does not keep the others from being flushed', async () => {
    const flushed: string[] = []
    const thrown = once(process, 'uncaughtException').catch(() => undefined)
    const listeners = process.listeners('uncaughtException')
    for (const listener of listeners) process.off('uncaughtException', listener)
    const caught = new Promise((resolve) => process.once('uncaughtException', resolve))
    flushQueue.add({
      flush() {
        throw new Error('mine')
      },
    })
    flushQueue.add({ flush: () => flushed.push('second') })
    const error = (await caught) as Error
    for (const listener of listeners) process.on('uncaughtException', listener)
    void thrown
    await until(() => flushed.length > 0)
    expect([error.message, flushed]).toEqual(['mine', ['second']])
  })
})

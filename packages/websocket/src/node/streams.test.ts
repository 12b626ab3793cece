import { describe, expect, test } from 'vitest'
import { cleanUpAfterEach, cleanup, rawDial, Started, serve, UPGRADE, until } from '../testing/sockets.ts'
import { frame, hex } from '../testing/wire.ts'
import { type ConnectOptions, connect } from './connect.ts'
import { SocketClosedError } from './inbox.ts'
import type { NodeWebSocket } from './socket.ts'
import { closeWith } from './streams.ts'

cleanUpAfterEach()

/** Both ends of a connection, neither of them started. */
async function pair(options: object = {}, clientOptions: ConnectOptions = {}) {
  const sockets: NodeWebSocket[] = []
  const server = await serve({ onSocket: (socket) => sockets.push(socket), ...options })
  const client = await connect(server.url, clientOptions)
  cleanup(() => client.terminate())
  await until(() => sockets.length > 0)
  cleanup(() => sockets[0]!.terminate())
  return { client, server: sockets[0]! }
}

/** A server's socket whose peer is a bare TCP connection. */
async function rawPair(options: object = {}) {
  const sockets: NodeWebSocket[] = []
  const server = await serve({ onSocket: (socket) => sockets.push(socket), ...options })
  const raw = await rawDial(server.port)
  raw.write(UPGRADE)
  await until(() => sockets.length > 0)
  cleanup(() => sockets[0]!.terminate())
  return { raw, socket: sockets[0]! }
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))
const MEGABYTE = new Uint8Array(1024 * 1024)

describe('a loop over messages', () => {
  test('gets all of them from the first on, text and bytes, and ends after a clean close', async () => {
    const { client, server } = await pair()
    client.sendText('first')
    client.sendBinary(hex('0102'))
    client.sendText('')
    client.close(4000, 'enough')
    await pause(20)
    const messages: unknown[] = []
    for await (const message of server) messages.push(message)
    expect(messages).toEqual(['first', hex('0102'), ''])
    expect(await server[Symbol.asyncIterator]().next()).toEqual({ done: true, value: undefined })
  })

  test('fails once when the connection is lost, after every message that came before', async () => {
    const { raw, socket } = await rawPair()
    raw.end(frame(1, Buffer.from('last words'), { key: 7 }))
    const messages: unknown[] = []
    const loop = async () => {
      for await (const message of socket) messages.push(message)
    }
    await expect(loop()).rejects.toThrow(SocketClosedError)
    expect(messages).toEqual(['last words'])
    await loop()
  })

  test('fails with the code of the violation when the peer breaks a rule', async () => {
    const { raw, socket } = await rawPair()
    raw.write(hex('8300'))
    const next = socket[Symbol.asyncIterator]().next()
    await expect(next).rejects.toMatchObject({ code: 1002, reason: 'reserved opcode', clean: false })
  })

  test('that is slow makes the peer wait, and loses nothing', async () => {
    const { client, server } = await pair()
    const sender = new Started(client)
    for (let i = 0; i < 24; i++) sender.socket.sendBinary(MEGABYTE.fill(i))
    await pause(100)
    const held = sender.socket.bufferedAmount
    expect(held).toBeGreaterThan(4 * 1024 * 1024)
    const messages = server[Symbol.asyncIterator]()
    await messages.next()
    await pause(100)
    expect(sender.socket.bufferedAmount).toBeGreaterThan(held - 8 * 1024 * 1024)
    for (let i = 1; i < 24; i++) expect(((await messages.next()).value as Uint8Array)[9]).toBe(i)
    expect(sender.socket.bufferedAmount).toBe(0)
  })

  test('left by break pauses, and another loop goes on', async () => {
    const { client, server } = await pair()
    for (const text of ['a', 'b', 'c']) client.sendText(text)
    const messages: unknown[] = []
    for await (const message of server) {
      messages.push(message)
      if (message === 'b') break
    }
    for await (const message of server) {
      messages.push(message)
      if (message === 'c') break
    }
    expect(messages).toEqual(['a', 'b', 'c'])
  })

  test('and start exclude each other', async () => {
    const { client, server } = await pair()
    new Started(client)
    expect(() => client[Symbol.asyncIterator]()).toThrow('start() has been called')
    server[Symbol.asyncIterator]()
      .next()
      .catch(() => undefined)
    expect(() => server.start({ message: () => undefined, closed: () => undefined })).toThrow('has a reader already')
  })

  test('survives messages cut at every byte', async () => {
    const { raw, socket } = await rawPair()
    const wire = Buffer.concat([frame(1, Buffer.from('grüße'), { key: 7 }), frame(2, hex('0102'), { key: 9 })])
    raw.setNoDelay(true)
    const messages = socket[Symbol.asyncIterator]()
    for (let i = 0; i < wire.length; i++) {
      raw.write(wire.subarray(i, i + 1))
      await pause(1)
    }
    expect((await messages.next()).value).toBe('grüße')
    expect((await messages.next()).value).toEqual(hex('0102'))
  })
})

describe('await using', () => {
  test('closes with 1000, whatever was not read', async () => {
    const { client, server } = await pair()
    const other = new Started(server)
    for (let i = 0; i < 40; i++) server.sendText('x'.repeat(100_000))
    {
      await using socket = client
      for await (const message of socket) {
        expect(message.length).toBe(100_000)
        break
      }
    }
    expect(client.state).toBe('closed')
    expect(await other.closed).toEqual([1000, '', true])
  })
})

describe('streams', () => {
  test('carry both ways, and end when the peer closes', async () => {
    const { client, server } = await pair()
    const here = client.streams()
    const there = server.streams()
    const echo = there.readable.pipeTo(there.writable)
    const writer = here.writable.getWriter()
    const reader = here.readable.getReader()
    for (const size of [0, 1, 70_000]) {
      await writer.write('é'.repeat(size))
      expect((await reader.read()).value).toBe('é'.repeat(size))
      await writer.write(new DataView(new Uint8Array(size).fill(7).buffer))
      expect((await reader.read()).value).toEqual(new Uint8Array(size).fill(7))
    }
    const closed = writer.close()
    expect(await reader.read()).toEqual({ done: true, value: undefined })
    await closed
    await echo.catch(() => undefined)
    expect([client.state, server.state]).toEqual(['closed', 'closed'])
  })

  test.each([0, 1])(
    'with a high water mark of %s read no more than asked for, and what the chunk held',
    async (mark) => {
      const { client, server } = await pair()
      const sender = new Started(client)
      for (let i = 0; i < 24; i++) sender.socket.sendBinary(MEGABYTE)
      const { readable } = server.streams({ readableHighWaterMark: mark })
      await pause(100)
      const waiting = sender.socket.bufferedAmount
      expect(waiting).toBeGreaterThan(4 * 1024 * 1024)
      const reader = readable.getReader()
      for (let i = 0; i < 24; i++) expect((await reader.read()).value!.length).toBe(1024 * 1024)
      expect(sender.socket.bufferedAmount).toBe(0)
    },
  )

  test.each([1, 100_000])(
    'a writer is ready when a slow peer has read, with a high water of %s',
    async (highWaterBytes) => {
      const { client, server } = await pair({}, { limits: { highWaterBytes } })
      const writer = client.streams().writable.getWriter()
      let ready = 0
      const writing = (async () => {
        for (; ready < 32; ready++) {
          await writer.ready
          void writer.write(MEGABYTE)
        }
      })()
      await pause(100)
      expect(ready).toBeLessThan(20)
      expect(client.bufferedAmount).toBeLessThan(2.5 * 1024 * 1024)
      const other = new Started(server)
      await writing
      await until(() => other.received === 32)
    },
  )

  test('with a writable mark of 0, writes can still be awaited', async () => {
    const { client, server } = await pair()
    const writer = client.streams({ writableHighWaterMark: 0 }).writable.getWriter()
    expect(writer.desiredSize).toBe(0)
    await writer.write('one')
    expect(await new Started(server).next()).toBe('one')
  })

  test('a message that is refused waits for room', async () => {
    const { client, server } = await pair({}, { limits: { highWaterBytes: 900_000, bufferBytes: 1_000_000 } })
    while (client.sendBinary(MEGABYTE.subarray(0, 400_000)) !== 'refused');
    const written = client.streams().writable.getWriter().write('after all')
    const other = new Started(server)
    await written
    for (;;) if ((await other.next()) === 'after all') break
  })

  test('cancel and abort close with the code of their reason', async () => {
    const { client, server } = await pair()
    const other = new Started(server)
    await client.streams().readable.cancel({ code: 4010, reason: 'seen enough' })
    expect(await other.closed).toEqual([4010, 'seen enough', true])
    const second = await pair()
    const others = new Started(second.server)
    await second.client.streams().writable.abort(new Error('private'))
    expect(await others.closed).toEqual([1011, '', true])
  })

  test('writes fail when the connection is lost', async () => {
    const { raw, socket } = await rawPair()
    const { readable, writable } = socket.streams()
    const writer = writable.getWriter()
    raw.resetAndDestroy()
    await expect(readable.getReader().read()).rejects.toMatchObject({ code: 1006 })
    await expect(writer.write('x')).rejects.toBeInstanceOf(SocketClosedError)
    await expect(writer.closed).rejects.toBeInstanceOf(SocketClosedError)
  })

  test('what is no message is misuse', async () => {
    const { client } = await pair()
    const writer = client.streams().writable.getWriter()
    await expect(writer.write(5 as unknown as string)).rejects.toThrow('a WebSocket message is a string')
  })

  test.each([
    [undefined, [1000, '']],
    [new Error('x'), [1011, '']],
    [{ code: 4000, reason: 'r' }, [4000, 'r']],
    [{ code: 1006 }, [1011, '']],
    [{ code: 'ECONNRESET' }, [1011, '']],
    ['text', [1011, '']],
  ])('%o closes with %o', (why, expected) => expect(closeWith(why)).toEqual(expected))
})

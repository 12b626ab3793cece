import { describe, expect, test } from 'vitest'
import { cleanUpAfterEach, cleanup, rawDial, Started, serve, UPGRADE, until } from '../testing/sockets.ts'
import { frame, hex } from '../testing/wire.ts'
import { connect } from './connect.ts'
import type { NodeWebSocket } from './socket.ts'

cleanUpAfterEach()

const liveness = { pingAfterMs: 30, pongWithinMs: 30 }
const GONE = [1006, 'the peer was not heard of after a ping', false]

describe('liveness over real sockets', () => {
  test('a peer that never answers is given up, and its socket is gone', async () => {
    let other: Started | undefined
    const server = await serve({
      liveness,
      onSocket: (socket) => {
        other = new Started(socket)
      },
    })
    const raw = await rawDial(server.port)
    raw.on('data', () => undefined)
    raw.write(UPGRADE)
    await until(() => other !== undefined)
    expect(await other!.closed).toEqual(GONE)
    await until(() => server.size === 0)
  })

  test('a peer that does not even read is given up although our ping cannot leave', async () => {
    let other: Started | undefined
    const server = await serve({
      liveness,
      onSocket: (socket) => {
        other = new Started(socket)
        for (let i = 0; i < 16; i++) socket.sendBinary(new Uint8Array(1024 * 1024))
      },
    })
    const raw = await rawDial(server.port)
    raw.write(UPGRADE)
    raw.pause()
    await until(() => other !== undefined)
    expect(await other!.closed).toEqual(GONE)
  })

  test('two ends that ask each other stay, and so does a peer that only answers', async () => {
    const sockets: NodeWebSocket[] = []
    const server = await serve({ liveness, onSocket: (socket) => sockets.push(socket) })
    const socket = await connect(server.url, { liveness })
    cleanup(() => socket.terminate())
    const client = new Started(socket)
    await until(() => sockets.length > 0)
    const other = new Started(sockets[0]!)
    await new Promise((resolve) => setTimeout(resolve, 300))
    client.socket.sendText('still here')
    expect(await other.next()).toBe('still here')
  })

  test('a consumer that pauses for long does not lose its peer, nor one that has not started', async () => {
    const sockets: NodeWebSocket[] = []
    const server = await serve({ liveness, onSocket: (socket) => sockets.push(socket) })
    const client = await connect(server.url, { liveness })
    cleanup(() => client.terminate())
    await new Promise((resolve) => setTimeout(resolve, 200))
    const messages = client[Symbol.asyncIterator]()
    sockets[0]!.sendText('late')
    new Started(sockets[0]!).socket.pause()
    expect((await messages.next()).value).toBe('late')
    client.pause()
    await new Promise((resolve) => setTimeout(resolve, 200))
    expect([client.state, sockets[0]!.state]).toEqual(['open', 'open'])
  })
})

describe('closing over real sockets', () => {
  test('a paused socket that closes gets what was sent before, once it is resumed', async () => {
    const sockets: NodeWebSocket[] = []
    const server = await serve({ onSocket: (socket) => sockets.push(socket) })
    const client = new Started(await connect(server.url))
    await until(() => sockets.length > 0)
    const other = new Started(sockets[0]!)
    client.socket.pause()
    for (let i = 0; i < 100; i++) other.socket.sendText('x'.repeat(10_000))
    client.socket.close(4001)
    await new Promise((resolve) => setTimeout(resolve, 50))
    client.socket.resume()
    expect(await client.closed).toEqual([4001, '', true])
    expect(client.received).toBe(100)
  })

  test('a server that breaks a rule and floods still reads why we left', async () => {
    const { createServer } = await import('node:net')
    const { acceptResponse } = await import('../handshake/server.ts')
    let seen = ''
    const bare = createServer((raw) => {
      raw.on('error', () => undefined)
      raw.once('data', (head: Buffer) => {
        const key = /sec-websocket-key: (\S+)/i.exec(head.toString('latin1'))![1]!
        raw.write(acceptResponse(key, {}), 'latin1')
        raw.write(frame(3, hex('')))
        for (let i = 0; i < 200; i++) raw.write(new Uint8Array(10_000))
        raw.on('data', (chunk: Buffer) => {
          seen += chunk.toString('hex')
        })
        raw.on('end', () => raw.end())
      })
    }).listen(0, '127.0.0.1')
    cleanup(() => bare.close())
    await until(() => bare.listening)
    const { port } = bare.address() as { port: number }
    const client = new Started(await connect(`ws://127.0.0.1:${port}/`))
    expect(await client.closed).toEqual([1002, 'reserved opcode', false])
    await until(() => seen !== '')
    expect(seen.startsWith('88')).toBe(true)
  })
})

/** One body for both: what a program can see of `ws` it sees of our door too, in the same order. */
import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, test } from 'vitest'
import * as ws from 'ws'
import * as ours from '../../compat.ts'
import { cleanUpAfterEach, cleanup, rawDial, UPGRADE, until } from '../../testing/sockets.ts'
import { frame, hex } from '../../testing/wire.ts'

cleanUpAfterEach()

// The surface under test is that of `ws`: its types speak for both.
const SUBJECTS: [string, typeof ws][] = [
  ['ws', ws],
  ['ours', ours as unknown as typeof ws],
]

describe.each(SUBJECTS)('%s', (_, subject) => {
  const { WebSocket, WebSocketServer } = subject

  async function serve(options: ws.ServerOptions = {}) {
    const server = new WebSocketServer({ port: 0, host: '127.0.0.1', ...options })
    cleanup(() => {
      for (const client of server.clients) client.terminate()
      server.close()
    })
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    return { server, port, url: `ws://127.0.0.1:${port}/` }
  }

  /** Everything a socket tells, as lines. */
  function record(socket: ws.WebSocket): string[] {
    const log: string[] = []
    socket.on('upgrade', (response) => log.push(`upgrade ${response.statusCode}`))
    socket.on('open', () => log.push(`open ${socket.readyState}`))
    socket.on('message', (data, isBinary) => log.push(`${isBinary ? 'binary' : 'text'} ${String(data)}`))
    socket.on('ping', (data) => log.push(`ping ${data}`))
    socket.on('pong', (data) => log.push(`pong ${data}`))
    socket.on('error', () => log.push(`error ${socket.readyState}`))
    socket.on('close', (code, reason) => log.push(`close ${code} ${reason} ${socket.readyState}`))
    return log
  }

  async function pair(options: ws.ServerOptions = {}, clientOptions: ws.ClientOptions = {}, protocols: string[] = []) {
    const { server, port, url } = await serve(options)
    const connected = once(server, 'connection') as Promise<[ws.WebSocket, IncomingMessage]>
    const client = new WebSocket(url, protocols, clientOptions)
    const clientLog = record(client)
    const [peer, request] = await connected
    const peerLog = record(peer)
    if (client.readyState !== WebSocket.OPEN) await once(client, 'open')
    return { server, port, client, clientLog, peer, peerLog, request }
  }

  test('constants and the state before, during and after', async () => {
    expect([WebSocket.CONNECTING, WebSocket.OPEN, WebSocket.CLOSING, WebSocket.CLOSED]).toEqual([0, 1, 2, 3])
    const { url, server } = await serve()
    const client = new WebSocket(url)
    expect([client.readyState, client.url, client.protocol, client.bufferedAmount]).toEqual([0, url, '', 0])
    expect(() => client.send('early')).toThrow('WebSocket is not open: readyState 0 (CONNECTING)')
    await once(client, 'open')
    expect([client.readyState, server.clients.size]).toEqual([1, 1])
    client.close()
    expect(client.readyState).toBe(2)
    await once(client, 'close')
    expect(client.readyState).toBe(3)
    await until(() => server.clients.size === 0)
  })

  test('messages of every kind of data, with the kind they are told as', async () => {
    const { client, peer, peerLog } = await pair()
    client.send('text')
    client.send(Buffer.from('buffer'))
    client.send(new Uint8Array([0x76]).buffer)
    client.send(new DataView(new Uint8Array([0x77]).buffer))
    client.send('as binary', { binary: true })
    client.send(Buffer.from('as text'), { binary: false })
    client.send(5 as unknown as string)
    client.send('fragm', { fin: false })
    client.send('ented', { fin: true })
    await until(() => peerLog.length === 8)
    expect(peerLog).toEqual([
      'text text',
      'binary buffer',
      'binary v',
      'binary w',
      'binary as binary',
      'text as text',
      'text 5',
      'text fragmented',
    ])
    peer.close()
  })

  test('binaryType decides what a message is, for both kinds of listeners', async () => {
    const { client, peer } = await pair()
    const seen: unknown[] = []
    const kind = (data: unknown) =>
      typeof data === 'string' ? 'string' : Buffer.isBuffer(data) ? 'Buffer' : (data as object).constructor.name
    peer.on('message', (data) => seen.push(kind(data)))
    peer.onmessage = (event) => seen.push(kind(event.data))
    for (const type of ['nodebuffer', 'arraybuffer', 'fragments'] as const) {
      peer.binaryType = type
      client.send('t')
      client.send(Buffer.from('b'))
      const before = seen.length
      await until(() => seen.length === before + 4)
    }
    expect(seen).toEqual([
      ...['Buffer', 'string', 'Buffer', 'Buffer'],
      ...['Buffer', 'string', 'ArrayBuffer', 'ArrayBuffer'],
      ...['Buffer', 'string', 'Array', 'Array'],
    ])
  })

  test('the order of a life', async () => {
    const { client, clientLog, peer, peerLog } = await pair()
    peer.send('one')
    peer.ping('p')
    client.pong('q')
    await until(() => clientLog.length === 4 && peerLog.length === 2)
    peer.close(4001, 'bye')
    await until(() => clientLog.length === 5 && peerLog.length === 3)
    expect(clientLog).toEqual(['upgrade 101', 'open 1', 'text one', 'ping p', 'close 4001 bye 3'])
    // Its answer to a close repeats the reason, ours only the code: RFC 6455 section 5.5.1 speaks of no more.
    expect([...peerLog].sort()).toEqual([expect.stringMatching(/^close 4001 (bye)? 3$/), 'pong p', 'pong q'])
  })

  test.each([
    ['no code', [], 'close 1005  3'],
    ['1000', [1000], 'close 1000  3'],
    ['a code and a reason', [3999, 'grüße'], 'close 3999 grüße 3'],
  ] as [string, [number?, string?], string][])('close with %s', async (_name, args, told) => {
    const { client, peerLog } = await pair()
    client.close(...args)
    await until(() => peerLog.length > 0)
    expect(peerLog).toEqual([told])
  })

  test('codes and reasons that must not be sent throw', async () => {
    const { client } = await pair()
    for (const code of [999, 1004, 1005, 1006, 1015, 5000]) expect(() => client.close(code)).toThrow(TypeError)
    expect(() => client.close(1000, 'x'.repeat(124))).toThrow(RangeError)
    expect(client.readyState).toBe(1)
  })

  test('terminate is 1006 on both sides', async () => {
    const { client, clientLog, peerLog } = await pair()
    client.terminate()
    await until(() => peerLog.length > 0 && clientLog.length > 2)
    expect(clientLog.at(-1)).toBe('close 1006  3')
    expect(peerLog).toEqual(['close 1006  3'])
  })

  test('a peer that breaks a rule is an error, then 1006', async () => {
    const { server, port } = await serve()
    const raw = await rawDial(port)
    raw.write(UPGRADE)
    const [peer] = (await once(server, 'connection')) as [ws.WebSocket]
    const log = record(peer)
    raw.write(hex('8300'))
    raw.resume()
    await until(() => log.length === 2)
    expect(log).toEqual(['error 2', 'close 1006  3'])
  })

  test('maxPayload is 1009', async () => {
    const { client, clientLog, peerLog } = await pair({ maxPayload: 10 })
    client.send('x'.repeat(11))
    await until(() => clientLog.length === 3)
    expect([peerLog[0], clientLog.at(-1)?.slice(0, 10)]).toEqual(['error 2', 'close 1009'])
  })

  test('subprotocols: the first by default, by function, and none', async () => {
    expect((await pair({}, {}, ['a', 'b'])).client.protocol).toBe('a')
    const chosen = await pair({ handleProtocols: (offered) => [...offered].at(-1)! }, {}, ['a', 'b'])
    expect([chosen.client.protocol, chosen.peer.protocol]).toEqual(['b', 'b'])
    expect((await pair()).client.protocol).toBe('')
    expect(() => new WebSocket('ws://127.0.0.1/', ['a', 'a'])).toThrow(SyntaxError)
  })

  test('headers go both ways', async () => {
    const { server, url } = await serve()
    server.on('headers', (lines) => lines.push('X-Answer: yes'))
    server.on('connection', (socket, request) => socket.send(String(request.headers['x-ask'])))
    const client = new WebSocket(url, { headers: { 'X-Ask': 'may I' }, origin: 'http://page.example' })
    const [upgrade, message] = [once(client, 'upgrade'), once(client, 'message')]
    expect(((await upgrade) as [IncomingMessage])[0].headers['x-answer']).toBe('yes')
    expect(String((await message)[0])).toBe('may I')
  })

  test('verifyClient, at once and later', async () => {
    const now = await serve({ verifyClient: ({ origin }: { origin: string }) => origin === 'http://good.example' })
    const later = await serve({ verifyClient: (_info, verified) => setTimeout(() => verified(false, 403, 'no'), 5) })
    for (const [url, status] of [[now.url, 401] as const, [later.url, 403] as const]) {
      const client = new WebSocket(url)
      const log = record(client)
      await until(() => log.length === 2)
      expect(log).toEqual(['error 2', 'close 1006  3'])
      const second = new WebSocket(url)
      const [, response] = (await once(second, 'unexpected-response')) as [unknown, IncomingMessage]
      expect(response.statusCode).toBe(status)
      second.on('error', () => undefined)
      second.terminate()
    }
    const good = new WebSocket(now.url, { origin: 'http://good.example' })
    await once(good, 'open')
  })

  test('a server that is not there, and a client that gives up', async () => {
    const { server, url } = await serve()
    const early = new WebSocket(url)
    const earlyLog = record(early)
    early.close()
    expect(early.readyState).toBe(2)
    await until(() => earlyLog.length === 2)
    expect(earlyLog).toEqual(['error 2', 'close 1006  3'])
    server.close()
    const log = record(new WebSocket('ws://127.0.0.1:1/'))
    await until(() => log.length === 2)
    expect(log).toEqual(['error 2', 'close 1006  3'])
    expect(() => new WebSocket('nonsense')).toThrow(SyntaxError)
    expect(() => new WebSocket('ftp://127.0.0.1/')).toThrow(SyntaxError)
  })

  test('noServer and handleUpgrade on an HTTP server of one’s own, by path', async () => {
    const first = new WebSocketServer({ noServer: true })
    const second = new WebSocketServer({ noServer: true, path: '/second' })
    const http = createServer()
    http.on('upgrade', (request, stream, head) => {
      const server = request.url?.startsWith('/second') ? second : first
      server.handleUpgrade(request, stream, head, (socket) => server.emit('connection', socket, request))
    })
    http.listen(0, '127.0.0.1')
    cleanup(() => http.close())
    await once(http, 'listening')
    const { port } = http.address() as AddressInfo
    for (const [server, path] of [[first, '/'] as const, [second, '/second?x=1'] as const]) {
      server.on('connection', (socket, request) => socket.send(`at ${request.url}`))
      const client = new WebSocket(`ws://127.0.0.1:${port}${path}`)
      expect(String((await once(client, 'message'))[0])).toBe(`at ${path}`)
      client.close()
      await once(client, 'close')
      expect(() => server.address()).toThrow('noServer')
    }
  })

  test('a message that comes with the handshake is not lost', async () => {
    const { server, port } = await serve()
    const messages: string[] = []
    server.on('connection', (socket) => socket.on('message', (data) => messages.push(String(data))))
    const raw = await rawDial(port)
    raw.write(Buffer.concat([Buffer.from(UPGRADE), frame(1, Buffer.from('early'), { key: 7 })]))
    await until(() => messages.length > 0)
    expect(messages).toEqual(['early'])
  })

  test('send tells its callback, also when it is too late', async () => {
    const { client, peerLog } = await pair()
    await new Promise<void>((resolve, reject) => client.send('x', (error) => (error ? reject(error) : resolve())))
    await until(() => peerLog.length === 1)
    expect(client.bufferedAmount).toBe(0)
    client.close()
    const late = await new Promise<Error | undefined>((resolve) => client.send('y', resolve))
    expect(late?.message).toBe('WebSocket is not open: readyState 2 (CLOSING)')
  })

  test('pause and resume', async () => {
    const { client, peer, peerLog } = await pair()
    peer.pause()
    expect(peer.isPaused).toBe(true)
    client.send('held')
    await new Promise((resolve) => setTimeout(resolve, 30))
    expect(peerLog).toEqual([])
    peer.resume()
    await until(() => peerLog.length === 1)
  })

  test('listeners of the browser’s kind', async () => {
    const { url, server } = await serve()
    server.on('connection', (socket) => {
      socket.send('hello')
      socket.close(4000, 'done')
    })
    const client = new WebSocket(url)
    const seen: unknown[] = []
    const removed = () => seen.push('never')
    client.addEventListener('open', () => seen.push('open'), { once: true })
    client.addEventListener('message', removed)
    client.removeEventListener('message', removed)
    client.addEventListener('message', (event) => seen.push(event.data, event.type, event.target === client))
    client.onclose = (event) => seen.push(event.code, event.reason, event.wasClean)
    await once(client, 'close')
    expect(seen).toEqual(['open', 'hello', 'message', true, 4000, 'done', true])
    client.onclose = null
    expect(client.onclose).toBe(null)
  })

  test('compression is agreed when both want it', async () => {
    const off = await pair()
    expect(off.client.extensions).toBe('')
    const on = await pair({ perMessageDeflate: { threshold: 0 } })
    expect(on.client.extensions).toContain('permessage-deflate')
    on.client.send('again and again '.repeat(500))
    await until(() => on.peerLog.length === 1)
    expect(on.peerLog[0]?.length).toBe(8005)
  })

  test('a server closes once, and then is not running', async () => {
    const { server } = await serve()
    await new Promise<void>((resolve) => server.close(() => resolve()))
    const again = await new Promise<Error | undefined>((resolve) => server.close(resolve))
    expect(again?.message).toBe('The server is not running')
    expect(() => new WebSocketServer({} as ws.ServerOptions)).toThrow(TypeError)
  })
})

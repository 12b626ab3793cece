import { once } from 'node:events'
import { createServer, get } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, test } from 'vitest'
import { WebSocketServer } from 'ws'
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
import { type AttachOptions, attach } from './attach.ts'
import { connect } from './connect.ts'
import { listen } from './listen.ts'
import type { NodeWebSocket } from './socket.ts'
import { UpgradeError } from './upgrade-error.ts'
import type { UpgradeRequest } from './upgrade-request.ts'

cleanUpAfterEach()

async function httpServer() {
  const server = createServer((_request, response) => response.end('page'))
  cleanup(() => server.close())
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return { server, port, url: `ws://127.0.0.1:${port}` }
}

function attachEcho(server: Parameters<typeof attach>[0], options: Partial<AttachOptions> = {}) {
  const attachment = attach(server, { onSocket: (socket) => new Started(socket, true), ...options })
  cleanup(() => attachment.close())
  return attachment
}

async function status(url: string, options = {}): Promise<number> {
  const error = await connect(url, options).then(
    (socket) => socket.terminate(),
    (reason: unknown) => reason,
  )
  return error instanceof UpgradeError ? error.status : 101
}

/** The answer to a raw request. */
async function ask(port: number, request: string): Promise<string> {
  const socket = await rawDial(port)
  socket.write(request)
  return readAll(socket)
}

describe('accept', () => {
  test('sees the request', async () => {
    let seen: UpgradeRequest | undefined
    const server = await serve({
      path: '/chat',
      accept: (request) => {
        seen = request
        return { protocol: request.protocols[1], headers: { 'X-Yes': '1' } }
      },
    })
    const headers = { Origin: 'https://o.example', Cookie: 'a=b' }
    const { socket } = await dial(`${server.url}?q=1`, { protocols: ['x', 'y'], headers })
    expect(socket.protocol).toBe('y')
    expect(seen).toMatchObject({
      url: '/chat?q=1',
      path: '/chat',
      origin: 'https://o.example',
      host: `127.0.0.1:${server.port}`,
      protocols: ['x', 'y'],
      hasCookies: true,
      remoteAddress: '127.0.0.1',
      secure: false,
    })
  })

  test('rejects with status, headers and body', async () => {
    const server = await serve({ accept: async () => ({ reject: 401, body: 'who?', headers: { 'X-Why': 'token' } }) })
    const error = await connect(server.url).catch((reason: unknown) => reason as UpgradeError)
    expect(error).toMatchObject({ status: 401, body: 'who?', headers: { 'x-why': 'token' } })
    expect(server.size).toBe(0)
  })

  test.each<[string, AttachOptions['accept']]>([
    ['throws', () => Promise.reject(new Error('secret'))],
    [
      'throws at once',
      () => {
        throw new Error('secret')
      },
    ],
    ['chooses a protocol nobody offered', () => ({ protocol: 'z' })],
    ['names a header that cannot be sent', () => ({ headers: { 'X-A': 'secret\r\n' } })],
    ['rejects with no status', () => ({ reject: 42 })],
  ])('that %s is a 500 which tells the client nothing', async (_name, accept) => {
    const errors: unknown[] = []
    const server = await serve({ accept, onError: (error) => errors.push(error) })
    const error = await connect(server.url).catch((reason: unknown) => reason as UpgradeError)
    expect(error).toMatchObject({ status: 500, body: 'Internal error\n' })
    expect(errors.length).toBe(1)
  })

  test('that takes too long is a 503', async () => {
    const server = await serve({ accept: () => new Promise(() => undefined), handshakeTimeoutMs: 50 })
    expect(await status(server.url)).toBe(503)
  })

  test('is asked for a limited number of clients at a time', async () => {
    let answer: (() => void) | undefined
    const accept = () =>
      new Promise<object>((resolve) => {
        answer = () => resolve({})
      })
    const server = await serve({ accept, waitingHandshakes: 1 })
    const first = connect(server.url)
    await until(() => answer !== undefined)
    expect(await status(server.url)).toBe(503)
    answer?.()
    ;(await first).terminate()
  })

  test('of a client that has gone meanwhile opens nothing', async () => {
    let answer: (() => void) | undefined
    const accept = () =>
      new Promise<object>((resolve) => {
        answer = () => resolve({})
      })
    let opened = 0
    const server = await serve({ accept, onSocket: () => opened++ })
    const raw = await rawDial(server.port)
    raw.write(UPGRADE)
    await until(() => answer !== undefined)
    raw.resetAndDestroy()
    await new Promise((resolve) => setTimeout(resolve, 30))
    answer?.()
    await new Promise((resolve) => setTimeout(resolve, 10))
    expect([opened, server.size]).toEqual([0, 0])
  })

  test('onSocket that throws is a 1011', async () => {
    const errors: unknown[] = []
    const onSocket = () => {
      throw new Error('mine')
    }
    const client = await dial((await serve({ onSocket, onError: (error) => errors.push(error) })).url)
    expect((await client.closed)[0]).toBe(1011)
    expect(errors.length).toBe(1)
  })

  test('onSocket that rejects is a 1011, and a loop whose peer went without a goodbye is no error', async () => {
    const errors: unknown[] = []
    let loops = 0
    const onSocket = async (socket: NodeWebSocket) => {
      try {
        for await (const message of socket) if (message === 'fail') throw new Error('mine')
      } finally {
        loops++
      }
    }
    const server = await serve({ onSocket, onError: (error) => errors.push(error) })
    const gone = await dial(server.url)
    gone.socket.sendText('hello')
    gone.socket.terminate()
    await until(() => loops === 1)
    const client = await dial(server.url)
    client.socket.sendText('fail')
    expect((await client.closed)[0]).toBe(1011)
    expect(errors).toEqual([new Error('mine')])
  })
})

describe('a bad handshake', () => {
  test.each([
    ['POST', UPGRADE.replace('GET', 'POST'), '405', 'Allow: GET'],
    ['version 8', UPGRADE.replace('Version: 13', 'Version: 8'), '426', 'Sec-WebSocket-Version: 13'],
    ['no key', UPGRADE.replace('Sec-WebSocket-Key', 'X-Key'), '400', 'Sec-WebSocket-Key'],
    ['no host', UPGRADE.replace('Host: x\r\n', ''), '400', ''],
    ['another upgrade', UPGRADE.replace('websocket', 'h2c'), '400', ''],
  ])('%s', async (_name, request, wanted, part) => {
    const answer = await ask((await serve()).port, request)
    expect(answer.slice(0, 12)).toBe(`HTTP/1.1 ${wanted}`)
    expect(answer).toContain(part)
  })

  test('a plain request is answered with 426', async () => {
    const answer = await ask((await serve()).port, 'GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')
    expect(answer).toContain('HTTP/1.1 426')
  })

  test('a head above 16 KiB is refused', async () => {
    const { port } = await serve()
    const answer = await ask(port, UPGRADE.replace('Host: x', `Host: x\r\nX: ${'x'.repeat(17_000)}`))
    expect(answer).toContain('HTTP/1.1 431')
  })

  // CVE-2024-37890: more headers than the parser keeps, so that required ones are missing.
  test('thousands of headers do no harm', async () => {
    const { port } = await serve()
    const many = Array.from({ length: 2500 }, (_, i) => `${i.toString(36)}:\r\n`).join('')
    const answer = await ask(port, UPGRADE.replace('Upgrade: websocket', `${many}Upgrade: websocket`))
    expect(answer).toMatch(/^HTTP\/1.1 (400|431)/)
    expect(await status(`ws://127.0.0.1:${port}`)).toBe(101)
  })

  test.each([
    ['nothing', ''],
    ['half a head', UPGRADE.slice(0, 40)],
  ])('a client that sends %s is dropped in time', async (_name, part) => {
    const { port } = await serve({ handshakeTimeoutMs: 100 })
    expect((await ask(port, part)).slice(0, 12)).toBe('HTTP/1.1 408')
  })
})

describe('attach', () => {
  test('leaves requests alone', async () => {
    const { server, port } = await httpServer()
    attachEcho(server)
    const body = await new Promise<string>((resolve) => {
      get({ port, host: '127.0.0.1', agent: false }, (response) =>
        response.on('data', (chunk) => resolve(String(chunk))),
      )
    })
    expect(body).toBe('page')
  })

  test('serves its path and leaves others to other listeners', async () => {
    const { server, url } = await httpServer()
    attachEcho(server, { path: '/ours' })
    const foreign = new WebSocketServer({ noServer: true })
    server.on('upgrade', (request, socket, head) => {
      if (request.url !== '/theirs') return
      foreign.handleUpgrade(request, socket, head, (client) => client.send('theirs'))
    })
    const ours = await dial(`${url}/ours?x=1`)
    ours.socket.sendText('ours')
    expect(await ours.next()).toBe('ours')
    expect(await (await dial(`${url}/theirs`)).next()).toBe('theirs')
  })

  test('answers 404 where nobody serves, when nobody else could', async () => {
    const { server, url } = await httpServer()
    attachEcho(server, { path: '/ours' })
    attachEcho(server, { path: '/also-ours' })
    expect(await status(`${url}/`)).toBe(404)
    expect(await status(`${url}/also-ours`)).toBe(101)
  })

  test('one without a path takes what the others leave', async () => {
    const { server, url } = await httpServer()
    attachEcho(server, { accept: () => ({ reject: 418 }) })
    attachEcho(server, { path: '/ours' })
    expect([await status(`${url}/ours`), await status(`${url}/else`)]).toEqual([101, 418])
  })

  test('closed, it closes its sockets with 1001 and takes no more', async () => {
    const { server, url } = await httpServer()
    const attachment = attachEcho(server)
    const client = await dial(url)
    expect(attachment.size).toBe(1)
    await attachment.close()
    expect(await client.closed).toEqual([1001, '', true])
    expect(attachment.size).toBe(0)
    expect(server.listenerCount('upgrade')).toBe(0)
  })

  test('closed twice, both wait for the last socket', async () => {
    const { server, url } = await httpServer()
    const attachment = attachEcho(server)
    const client = await dial(url)
    await Promise.all([attachment.close(), attachment.close()])
    expect(await client.closed).toEqual([1001, '', true])
  })
})

describe('listen', () => {
  test('says in one sentence that the port is taken', async () => {
    const { port } = await serve()
    const error = await listen({ port, host: '127.0.0.1', onSocket: () => undefined }).catch((reason: Error) => reason)
    expect(error).toMatchObject({
      message: `Port ${port} is already in use. Choose another with { port }, or 0 for any free one.`,
      cause: { code: 'EADDRINUSE' },
    })
  })

  test('says that the address is not one of this machine', async () => {
    const error = await listen({ port: 0, host: '192.0.2.1', onSocket: () => undefined }).catch(
      (reason: Error) => reason,
    )
    expect(error).toMatchObject({ message: expect.stringContaining('192.0.2.1 is not an address of this machine') })
  })

  test('listens on all interfaces unless told otherwise', async () => {
    const server = await listen({ port: 0, onSocket: (socket) => new Started(socket, true) })
    cleanup(() => server.close())
    expect(server.url).toBe(`ws://localhost:${server.port}/`)
    for (const host of ['localhost', '127.0.0.1']) expect(await status(`ws://${host}:${server.port}`)).toBe(101)
  })

  test('close ends everything and frees the port', async () => {
    const server = await serve()
    const client = await dial(server.url)
    await server.close(4040, 'over')
    expect(await client.closed).toEqual([4040, 'over', true])
    const again = await serve({ port: server.port })
    expect(again.port).toBe(server.port)
  })

  test('serves pages besides, when told how', async () => {
    const { port } = await serve({ onRequest: (_request, response) => response.end('hello') })
    expect(await ask(port, 'GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')).toContain('hello')
  })
})

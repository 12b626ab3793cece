import { once } from 'node:events'
import { connect as connectTcp, createServer, type Socket } from 'node:net'
import { describe, expect, test } from 'vitest'
import { acceptKey } from '../handshake/accept-key.ts'
import { selfSigned } from '../testing/certificate.ts'
import { cleanUpAfterEach, cleanup, dial, rawDial, serve, until } from '../testing/sockets.ts'
import { connect } from './connect.ts'
import { UpgradeError } from './upgrade-error.ts'

cleanUpAfterEach()

async function status(url: string, options = {}): Promise<number> {
  const error = await connect(url, options).then(
    (socket) => socket.terminate(),
    (reason: unknown) => reason,
  )
  return error instanceof UpgradeError ? error.status : 101
}

describe('origins', () => {
  test('a list lets in its pages and clients that are no browsers', async () => {
    const { url } = await serve({ origins: ['https://App.example'] })
    const from = (origin: string) => status(url, { headers: { Origin: origin } })
    expect(await from('https://app.example')).toBe(101)
    expect(await from('https://app.example.evil')).toBe(403)
    expect(await from('http://app.example')).toBe(403)
    expect(await from('null')).toBe(403)
    expect(await status(url)).toBe(101)
  })

  test('a function judges also what has none, before accept is asked', async () => {
    let asked = 0
    const { url } = await serve({
      origins: (origin, request) => origin === 'https://a.example' && request.path === '/',
      accept: () => {
        asked++
        return {}
      },
    })
    expect(await status(url)).toBe(403)
    expect(asked).toBe(0)
    expect(await status(url, { headers: { Origin: 'https://a.example' } })).toBe(101)
    expect(asked).toBe(1)
  })

  test('a function that throws lets nobody in', async () => {
    const errors: unknown[] = []
    const origins = () => {
      throw new Error('mine')
    }
    expect(await status((await serve({ origins, onError: (error) => errors.push(error) })).url)).toBe(500)
    expect(errors.length).toBe(1)
  })
})

describe('protocol', () => {
  test('chooses among those offered, in the client’s order; accept has the last word', async () => {
    const asked: (readonly string[])[] = []
    const { url } = await serve({
      protocol: (offered) => {
        asked.push(offered)
        return offered.find((each) => each.startsWith('v'))
      },
      accept: (request) => (request.path === '/own' ? { protocol: 'x' } : {}),
    })
    expect((await dial(url, { protocols: ['x', 'v2', 'v1'] })).socket.protocol).toBe('v2')
    expect((await dial(`${url}own`, { protocols: ['x', 'v2'] })).socket.protocol).toBe('x')
    expect(asked).toEqual([['x', 'v2', 'v1']])
  })

  test('is not asked by a client that offers none', async () => {
    const { url } = await serve({ protocol: () => 'v1' })
    expect((await dial(url)).socket.protocol).toBe('')
  })

  test('that was not offered is a 500', async () => {
    const { url } = await serve({ protocol: () => 'v9', onError: () => undefined })
    expect(await status(url, { protocols: ['v1'] })).toBe(500)
  })
})

describe('openingConnections', () => {
  test('drops the oldest of too many that say nothing, and lets an honest client in', async () => {
    const server = await serve({ openingConnections: 3 })
    const closed: number[] = []
    const open = async (n: number) => {
      const socket = await rawDial(server.port)
      socket.on('close', () => closed.push(n))
      socket.write('GET / HTTP/1.1\r\nHost: x\r\n')
    }
    const early = await dial(server.url)
    for (let n = 0; n < 5; n++) await open(n)
    await until(() => closed.length === 2)
    expect(closed).toEqual([0, 1])
    const client = await dial(server.url)
    for (let n = 5; n < 9; n++) await open(n)
    await until(() => closed.length >= 6)
    // Those that are WebSockets do not count, and are not dropped.
    for (const { socket } of [early, client]) socket.sendText('still here')
    expect(await early.next()).toBe('still here')
    expect(await client.next()).toBe('still here')
  })

  test('counts those still in the TLS handshake, and no WebSocket', async () => {
    const tls = selfSigned()
    const server = await serve({ tls, openingConnections: 2 })
    const clients = await Promise.all([1, 2].map(() => dial(server.url, { tls: { ca: tls.cert } })))
    let closed = 0
    for (let n = 0; n < 4; n++) (await rawDial(server.port)).on('close', () => closed++)
    await until(() => closed === 2)
    for (const client of clients) {
      client.socket.sendText('still here')
      expect(await client.next()).toBe('still here')
    }
  })
})

describe('interim answers', () => {
  /** A server that answers with these bytes, `{key}` being the accept key of the request. */
  async function answering(answer: string): Promise<string> {
    const server = createServer((socket: Socket) => {
      cleanup(() => socket.destroy())
      socket.on('error', () => undefined)
      socket.once('data', (chunk) => {
        const key = /Sec-WebSocket-Key: (\S+)/.exec(chunk.toString('latin1'))![1]!
        socket.write(answer.replace('{key}', acceptKey(key)), 'latin1')
      })
    }).listen(0, '127.0.0.1')
    cleanup(() => server.close())
    await once(server, 'listening')
    return `ws://127.0.0.1:${(server.address() as { port: number }).port}`
  }
  const hint = 'HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n'
  const upgrade =
    'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {key}\r\n\r\n'

  test('are read away before the real one', async () => {
    const client = await dial(await answering(`HTTP/1.1 100 Continue\r\n\r\n${hint}${upgrade}\x81\x02hi`))
    expect(await client.next()).toBe('hi')
  })

  test('without end are given up on', async () => {
    const error = await connect(await answering(hint.repeat(50) + upgrade)).catch((reason: unknown) => reason)
    expect(error).toMatchObject({ name: 'UpgradeError', status: 0 })
  })
})

test('a server that accepts the connection and says nothing more is given up on in time', async () => {
  const server = createServer((socket) => cleanup(() => socket.destroy())).listen(0, '127.0.0.1')
  cleanup(() => server.close())
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  const error = await connect(`ws://127.0.0.1:${port}`, { timeoutMs: 50 }).catch((reason: unknown) => reason)
  expect(error).toMatchObject({ name: 'ConnectError', code: 'ETIMEDOUT' })
  const again = connectTcp(port, '127.0.0.1')
  cleanup(() => again.destroy())
  await once(again, 'connect')
})

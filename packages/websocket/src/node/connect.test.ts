import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import { describe, expect, test } from 'vitest'
import { MisuseError } from '../errors.ts'
import { acceptKey } from '../handshake/accept-key.ts'
import { cleanUpAfterEach, cleanup, dial, serve } from '../testing/sockets.ts'
import { connect } from './connect.ts'
import { ConnectError, UpgradeError } from './upgrade-error.ts'

cleanUpAfterEach()

/** A TCP server that answers every request head with these bytes; `{key}` is the accept key of the request. */
async function answering(answer: string | ((socket: Socket) => void)): Promise<{ url: string; requests: string[] }> {
  const requests: string[] = []
  const server = createServer((socket) => {
    cleanup(() => socket.destroy())
    socket.on('error', () => undefined)
    if (typeof answer === 'function') return answer(socket)
    socket.once('data', (chunk) => {
      const request = chunk.toString('latin1')
      requests.push(request)
      const key = request.split('Sec-WebSocket-Key: ')[1]!.split('\r\n')[0]!
      socket.write(answer.replace('{key}', acceptKey(key)))
    })
  })
  cleanup(() => server.close())
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return { url: `ws://127.0.0.1:${(server.address() as { port: number }).port}`, requests }
}

async function failure<E extends Error>(
  promise: Promise<unknown>,
  kind: abstract new (...args: never[]) => E,
): Promise<E> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  expect(error).toBeInstanceOf(kind)
  return error as E
}

const GOOD =
  'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {key}\r\n\r\n'

describe('an HTTP answer is a typed error', () => {
  test.each([
    ['401 Unauthorized', 'WWW-Authenticate: Bearer\r\nContent-Length: 4\r\n', 'nope', 401],
    ['403 Forbidden', 'Content-Length: 0\r\n', '', 403],
    ['426 Upgrade Required', 'Sec-WebSocket-Version: 13\r\nContent-Length: 0\r\n', '', 426],
    ['503 Service Unavailable', 'Retry-After: 30\r\nContent-Length: 5\r\n', 'later', 503],
    ['302 Found', 'Location: ws://127.0.0.1:1/\r\nContent-Length: 0\r\n', '', 302],
    ['200 OK', 'Transfer-Encoding: chunked\r\n', '2\r\nhi\r\n0\r\n\r\n', 200],
  ])('%s', async (line, headers, body, status) => {
    const { url } = await answering(`HTTP/1.1 ${line}\r\n${headers}\r\n${body}`)
    const error = await failure(connect(url), UpgradeError)
    expect([error.status, error.body]).toEqual([status, status === 200 ? 'hi' : body])
    const [name, value] = headers.split('\r\n')[0]!.split(': ') as [string, string]
    expect(error.headers[name.toLowerCase()]).toBe(value)
  })

  test('its body is cut at 16 KiB', async () => {
    const { url } = await answering(`HTTP/1.1 500 No\r\nContent-Length: 1000000\r\n\r\n${'x'.repeat(100_000)}`)
    expect((await failure(connect(url), UpgradeError)).body.length).toBe(16 * 1024)
  })
})

describe('an answer that is no valid upgrade', () => {
  test.each([
    ['a wrong accept key', GOOD.replace('{key}', 'x'), 101],
    ['a protocol that was not offered', GOOD.replace('\r\n\r\n', '\r\nSec-WebSocket-Protocol: p\r\n\r\n'), 101],
    ['an extension that was not offered', GOOD.replace('\r\n\r\n', '\r\nSec-WebSocket-Extensions: x\r\n\r\n'), 101],
    ['no HTTP', 'SSH-2.0-OpenSSH_9.2\r\n\r\n', 0],
    ['a head without an end', 'HTTP/1.1 101 X\r\n'.padEnd(20_000, 'x'), 0],
  ])('%s', async (_name, answer, status) => {
    const { url } = await answering(answer)
    expect((await failure(connect(url), UpgradeError)).status).toBe(status)
  })
})

describe('no answer', () => {
  test('nobody listens', async () => {
    const error = await failure(connect('ws://127.0.0.1:1/'), ConnectError)
    expect(error.code).toBe('ECONNREFUSED')
    expect(error.message).toContain('ws://127.0.0.1:1')
  })

  test('the server hangs up', async () => {
    const { url } = await answering((socket) => socket.end())
    expect((await failure(connect(url), ConnectError)).code).toBe('ECONNRESET')
  })

  test('the server says nothing in time', async () => {
    const { url } = await answering(() => undefined)
    const error = await failure(connect(url, { timeoutMs: 50 }), ConnectError)
    expect([error.code, error.message]).toEqual(['ETIMEDOUT', `${url} did not answer in 50 ms`])
  })

  test('the caller changes its mind', async () => {
    const { url } = await answering(() => undefined)
    const reason = new Error('changed my mind')
    const controller = new AbortController()
    const attempt = connect(url, { signal: controller.signal })
    controller.abort(reason)
    await expect(attempt).rejects.toBe(reason)
    await expect(connect(url, { signal: controller.signal })).rejects.toBe(reason)
  })
})

describe('the request', () => {
  test('carries path, query, headers, protocols and the user of the URL', async () => {
    const { url, requests } = await answering(GOOD.replace('\r\n\r\n', '\r\nSec-WebSocket-Protocol: b\r\n\r\n'))
    const { socket } = await dial(`${url.replace('://', '://me:p%40ss@')}/a/b?c=d`, {
      protocols: ['a', 'b'],
      headers: { Cookie: 'x=y' },
    })
    expect(socket.protocol).toBe('b')
    const [request] = requests
    expect(request).toContain('GET /a/b?c=d HTTP/1.1\r\n')
    expect(request).toContain('Sec-WebSocket-Protocol: a, b\r\n')
    expect(request).toContain('Cookie: x=y\r\n')
    expect(request).toContain(`Authorization: Basic ${Buffer.from('me:p@ss').toString('base64')}\r\n`)
    expect(request).toContain(`Host: ${url.slice(5)}\r\n`)
  })

  test.each([
    ['ftp://x', {}],
    ['nonsense', {}],
    ['ws://x/#part', {}],
    ['ws://%zz@x', {}],
    ['ws://x', { headers: { 'X-A': 'b\r\nX-C: d' } }],
    ['ws://x', { protocols: ['a', 'a'] }],
    ['ws://x', { protocols: [''] }],
    ['ws://x', { headers: { Upgrade: 'h2c' } }],
  ])('%s with %j is misuse', async (url, options) => {
    await failure(connect(url, options), MisuseError)
  })
})

test('IPv6 addresses in a URL are understood', async () => {
  const server = await serve({ host: '::1' })
  expect(server.url).toBe(`ws://[::1]:${server.port}/`)
  const client = await dial(server.url)
  client.socket.sendText('six')
  expect(await client.next()).toBe('six')
})

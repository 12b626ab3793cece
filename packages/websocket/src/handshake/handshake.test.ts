import { describe, expect, test } from 'vitest'
import { MisuseError } from '../errors.ts'
import { acceptKey } from './accept-key.ts'
import { type ClientHandshake, checkResponse, clientRequest, responseStatus } from './client.ts'
import { fieldValue, parseHead } from './http-head.ts'
import { acceptResponse, checkRequest, isRefusal, refusalHead, requestLine, type UpgradeAnswer } from './server.ts'

const KEY = 'dGhlIHNhbXBsZSBub25jZQ=='
const ASKED: ClientHandshake = { host: 'example.com', target: '/chat', key: KEY, protocols: ['a', 'b'] }

/** The server's view of a request text. */
function serverReads(text: string) {
  const head = parseHead(text)!
  const { method, httpVersion } = requestLine(head.startLine)!
  return checkRequest({ method, httpVersion, header: (name) => fieldValue(head.fields, name) })
}

/** The client's view of a response text. */
function clientReads(text: string, asked: ClientHandshake = ASKED) {
  return checkResponse(parseHead(text)!, asked)
}

function without(text: string, header: string): string {
  return text
    .split('\r\n')
    .filter((line) => !line.startsWith(`${header}:`))
    .join('\r\n')
}

describe('both ends', () => {
  test('understand each other', () => {
    const offer = serverReads(clientRequest({ ...ASKED, extensions: 'x; y=1', headers: { Origin: 'http://o' } }))
    expect(offer).toEqual({ key: KEY, protocols: ['a', 'b'], extensions: [{ name: 'x', parameters: [['y', '1']] }] })
    const answer = acceptResponse(KEY, { protocol: 'b', extensions: 'x', headers: { 'X-More': '1' } })
    expect(clientReads(answer, { ...ASKED, extensions: 'x; y=1' })).toEqual({
      protocol: 'b',
      extensions: [{ name: 'x', parameters: [] }],
    })
  })
})

describe('the server', () => {
  const good = clientRequest(ASKED)

  test.each(['Host', 'Upgrade', 'Connection', 'Sec-WebSocket-Key'])('answers 400 when %s is missing', (header) => {
    expect(serverReads(without(good, header))).toMatchObject({ status: 400 })
  })

  test('answers 426 with the version it speaks when the version is missing or another', () => {
    for (const text of [without(good, 'Sec-WebSocket-Version'), good.replace('Version: 13', 'Version: 8')]) {
      expect(serverReads(text)).toMatchObject({ status: 426, headers: { 'Sec-WebSocket-Version': '13' } })
    }
  })

  test('answers 405 to anything but GET', () => {
    expect(serverReads(good.replace('GET', 'POST'))).toMatchObject({ status: 405, headers: { Allow: 'GET' } })
  })

  test.each([
    ['HTTP/1.0', good.replace('HTTP/1.1', 'HTTP/1.0')],
    ['a key that is too short', good.replace(KEY, 'AAAA')],
    ['a key twice', good.replace('Upgrade:', `Sec-WebSocket-Key: ${KEY}\r\nUpgrade:`)],
    ['a malformed protocol list', good.replace('a, b', 'a,,b')],
    ['a protocol offered twice', good.replace('a, b', 'a, a')],
    ['malformed extensions', good.replace('Upgrade:', 'Sec-WebSocket-Extensions: ;\r\nUpgrade:')],
    ['another upgrade', good.replace('websocket', 'h2c')],
  ])('answers 400 to %s', (_name, text) => {
    const read = serverReads(text)
    expect(isRefusal(read) && read.status).toBe(400)
  })

  test('takes names and tokens in any case, and lists', () => {
    const text = good
      .replace('Connection: Upgrade', 'connection: keep-alive, UPGRADE')
      .replace('websocket', 'WebSocket')
    expect(isRefusal(serverReads(text))).toBe(false)
  })

  test('ends the connection with a refusal, headers of the caller first', () => {
    expect(refusalHead(401, 3, { 'WWW-Authenticate': 'Basic', 'content-type': 'application/json' })).toBe(
      'HTTP/1.1 401 Unauthorized\r\nConnection: close\r\nContent-Length: 3\r\n' +
        'WWW-Authenticate: Basic\r\ncontent-type: application/json\r\n\r\n',
    )
  })

  test.each<UpgradeAnswer>([{ headers: { A: 'x\r\nB: y' } }, { protocol: 'a\r\nB: y' }])(
    'cannot be made to write %j',
    (answer) => expect(() => acceptResponse(KEY, answer)).toThrow(MisuseError),
  )
})

describe('the client', () => {
  const good = acceptResponse(KEY, { protocol: 'a' })

  test.each([
    ['no Upgrade', without(good, 'Upgrade')],
    ['no Connection', without(good, 'Connection')],
    ['no accept key', without(good, 'Sec-WebSocket-Accept')],
    ['the accept key of another request', good.replace(acceptKey(KEY), acceptKey('x'))],
    ['a protocol it did not offer', good.replace('Protocol: a', 'Protocol: c')],
    ['two protocols', good.replace('Protocol: a', 'Protocol: a, b')],
    ['no protocol though it offered some', without(good, 'Sec-WebSocket-Protocol')],
    ['an extension it did not offer', acceptResponse(KEY, { protocol: 'a', extensions: 'permessage-deflate' })],
  ])('fails on %s', (_name, text) => expect(typeof clientReads(text)).toBe('string'))

  test('needs no protocol when it offered none, and fails on one', () => {
    const none = { ...ASKED, protocols: [] }
    expect(clientReads(acceptResponse(KEY, {}), none)).toEqual({ protocol: '', extensions: [] })
    expect(typeof clientReads(good, none)).toBe('string')
  })

  test.each([
    ['HTTP/1.1 101 Switching Protocols', 101],
    ['HTTP/1.1 101', 101],
    ['HTTP/1.1 503 ', 503],
    ['HTTP/1.0 101 x', undefined],
    ['HTTP/1.1 1.1 x', undefined],
    ['HTTP/1.1 10 x', undefined],
    ['HTTP/1.1 1011', undefined],
    ['SSH-2.0-OpenSSH', undefined],
    ['', undefined],
  ])('reads the status of %j as %s', (startLine, status) => {
    expect(responseStatus({ startLine, fields: new Map() })).toBe(status)
  })

  test.each<Partial<ClientHandshake>>([
    { target: '/a b' },
    { target: '/a\r\nX: y' },
    { target: 'chat' },
    { protocols: ['a b'] },
    { protocols: ['a', 'a'] },
    { headers: { 'X-A': 'x\r\ny: z' } },
    { headers: { 'sec-websocket-key': 'x' } },
    { host: 'a\r\nb: c' },
  ])('does not send %j', (part) => expect(() => clientRequest({ ...ASKED, ...part })).toThrow(MisuseError))

  test('may name its own Host', () => {
    const text = clientRequest({ ...ASKED, headers: { host: 'other' } })
    expect(text).toContain('host: other\r\n')
    expect(text).not.toContain('example.com')
  })
})

/**
 * The advisories of the field: what once broke a WebSocket library, tried on this one. Each test is named after the
 * advisory, and asserts what its victims did not do.
 */
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { deflateRawSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { CloseCode } from '../close.ts'
import { MisuseError } from '../errors.ts'
import { readLength64 } from '../frame.ts'
import { clientRequest } from '../handshake/client.ts'
import { listHas, parseExtensions, parseTokens } from '../handshake/header-grammar.ts'
import { parseHead } from '../handshake/http-head.ts'
import { acceptResponse, refusalHead } from '../handshake/server.ts'
import { Endpoint } from '../testing/harness.ts'
import { cleanUpAfterEach, dial, rawDial, readAll, serve, UPGRADE, until } from '../testing/sockets.ts'
import { concat, frame, hex, toHex } from '../testing/wire.ts'
import { connect } from './connect.ts'

cleanUpAfterEach()

const masked = (opcode: number, payload: Uint8Array, options = {}) =>
  frame(opcode, payload, { key: 0x01020304, ...options })
const LENGTH_FORMS = [
  '7fffffffffffffff',
  '8000000000000000',
  'ffffffffffffffff',
  '0000000100000000',
  '00000000ffffffff',
]

function sources(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name)
    if (statSync(path).isDirectory()) return name === 'testing' ? [] : sources(path)
    return name.endsWith('.ts') && !name.includes('.test') ? [path] : []
  })
}

describe('CVE-2021-32640: a regular expression over headers that takes exponential time', () => {
  test('no source of this package has a regular expression', () => {
    const files = sources(join(import.meta.dirname, '..'))
    expect(files.length).toBeGreaterThan(40)
    for (const path of files) {
      // Without strings and comments, where a slash means something else.
      const code = readFileSync(path, 'utf8')
        .replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '')
        .replace(/'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`/g, "''")
      expect(code, path).not.toMatch(/[=(,:]\s*\/[^/*\s]|\bRegExp\b|\.(match|matchAll|search)\(/)
    }
  })

  // At these lengths anything above linear time would take hours: the test's own limit is what notices.
  test.each([
    ['spaces', ' '.repeat(2_000_000)],
    ['a token and spaces', `a${' '.repeat(2_000_000)}b`],
    ['commas', ','.repeat(2_000_000)],
    ['an open quote', `a;b="${'\\"'.repeat(1_000_000)}`],
    ['parameters', `a${';b=c'.repeat(500_000)}`],
    ['offers', 'a,'.repeat(1_000_000)],
  ])('%s, 2 MB of them, are read in one pass', (_name, value) => {
    for (const read of [parseTokens, parseExtensions, (text: string) => listHas(text, 'upgrade')]) read(value)
    parseHead(`GET / HTTP/1.1\r\nSec-WebSocket-Protocol:${value}\r\n\r\n`)
  })

  test('a server that gets 15 kB of spaces in Sec-WebSocket-Protocol answers', async () => {
    const { port } = await serve()
    const socket = await rawDial(port)
    socket.write(UPGRADE.replace('Host: x', `Host: x\r\nSec-WebSocket-Protocol: a${' '.repeat(15_000)}b`))
    expect((await readAll(socket)).slice(0, 12)).toBe('HTTP/1.1 400')
  })
})

describe('CVE-2024-37890: more headers than the parser keeps, so that required ones are missing', () => {
  test.each(['Upgrade', 'Connection', 'Sec-WebSocket-Key', 'Sec-WebSocket-Version', 'Host'])(
    'a request with 2,000 headers before %s is answered, and the server lives on',
    async (name) => {
      const server = await serve()
      const many = Array.from({ length: 2000 }, (_, i) => `${i.toString(36)}:\r\n`).join('')
      const socket = await rawDial(server.port)
      socket.write(UPGRADE.replace(`${name}:`, `${many}${name}:`))
      expect((await readAll(socket)).slice(0, 12)).toMatch(/^HTTP\/1\.1 (400|426|431)/)
      const client = await dial(server.url)
      client.socket.sendText('alive')
      expect(await client.next()).toBe('alive')
    },
  )
})

test('CVE-2026-48779: a flood of tiny fragments costs memory by what arrived, not by how often', () => {
  const { connection } = new Endpoint('server', { allocate: (bytes) => new Uint8Array(bytes) })
  connection.receive(masked(2, Uint8Array.of(1), { fin: false }))
  const crumbs = concat(...Array.from({ length: 8192 }, () => masked(0, Uint8Array.of(1), { fin: false })))
  for (let i = 0; i < 16; i++) connection.receive(crumbs.slice())
  // 131,073 bytes came in as many fragments: at most twice that is held, in one buffer.
  expect(connection.retainedBytes).toBeLessThanOrEqual(2 * 131_073)
  const empty = concat(...Array.from({ length: 8192 }, () => masked(0, new Uint8Array(0), { fin: false })))
  const before = connection.retainedBytes
  for (let i = 0; i < 16; i++) connection.receive(empty.slice())
  expect(connection.retainedBytes).toBe(before)
})

test('CVE-2026-48779: nor does a flood of them last for ever', () => {
  const end = new Endpoint('server')
  end.receive(masked(1, Uint8Array.of(0x61), { fin: false }))
  end.clock.now = 29_999
  end.receive(masked(0, new Uint8Array(0), { fin: false }))
  end.runOut()
  expect(end.connection.transport).toBe('end')
  expect(toHex(end.output().subarray(2, 4))).toBe('03f0')
})

test('CVE-2026-45736: what leaves in a close reason is the reason, never old memory', () => {
  // Memory that is full of a secret, as a pool of buffers may be.
  const allocate = (bytes: number) => new Uint8Array(bytes).fill(0x53)
  for (const reason of ['', 'x', 'ü'.repeat(100), '😀'.repeat(60), '\ud800', 'a'.repeat(123)]) {
    const end = new Endpoint('server', { allocate })
    end.connection.close(1000, reason)
    const out = end.output()
    expect(out.length).toBe(2 + out[1]!)
    expect(toHex(out)).not.toContain('53')
  }
  // What leaked: a typed array, or a number, taken for a text.
  for (const reason of [new Uint8Array(100), 100, { length: 100 }]) {
    expect(() => new Endpoint('server').connection.close(1000, reason as never)).toThrow(MisuseError)
  }
})

describe('CVE-2026-1526: a small message that inflates to gigabytes', () => {
  test('is stopped at the limit while it inflates, and the server lives on', async () => {
    const server = await serve({ compression: true, limits: { messageBytes: 1024 * 1024 } })
    const socket = await rawDial(server.port)
    socket.write(UPGRADE.replace('\r\n\r\n', '\r\nSec-WebSocket-Extensions: permessage-deflate\r\n\r\n'))
    const bomb = deflateRawSync(new Uint8Array(512 * 1024 * 1024), { level: 9 })
    expect(bomb.length).toBeLessThan(600_000)
    const before = process.memoryUsage().rss
    socket.write(masked(2, bomb, { rsv: 0x40 }))
    // 1009: the close frame is 88, its length, and 03f1.
    expect(Buffer.from(await readAll(socket), 'latin1').toString('hex')).toMatch(/88..03f1/)
    expect(process.memoryUsage().rss - before).toBeLessThan(64 * 1024 * 1024)
    expect((await dial(server.url, { compression: true })).socket.state).toBe('open')
  })
})

describe('CVE-2026-1528: a 64-bit length that overflows', () => {
  test.each(LENGTH_FORMS)('%s is a violation, whatever the role and wherever the chunk is cut', (length) => {
    for (const role of ['server', 'client'] as const) {
      const mask = role === 'server' ? '80' : '00'
      const head = hex(
        `82${(0x7f | Number.parseInt(mask, 16)).toString(16)}${length}${role === 'server' ? '01020304' : ''}`,
      )
      for (let cut = 1; cut < head.length; cut++) {
        const end = new Endpoint(role).receive(head.slice(0, cut), head.slice(cut))
        expect(end.connection.transport).toBe('end')
        expect(end.connection.retainedBytes).toBe(0)
        end.connection.transportEnded()
        expect(end.log.at(-1)).toMatch(/^closed (1002|1009) /)
      }
    }
  })
})

describe('CVE-2026-2229: window bits outside 8–15', () => {
  test.each(['7', '16', '0', '-1', '1e1', '15.0', '015', '', '99999999999999999999', '"16"', 'x'])(
    'an offer of %s is declined, and ends nothing',
    async (bits) => {
      const server = await serve({ compression: true })
      const offer = `permessage-deflate; server_max_window_bits=${bits}`
      const socket = await rawDial(server.port)
      socket.write(UPGRADE.replace('\r\n\r\n', `\r\nSec-WebSocket-Extensions: ${offer}\r\n\r\n`))
      let answer = ''
      socket.on('data', (chunk) => {
        answer += chunk.toString('latin1')
      })
      await until(() => answer.includes('\r\n\r\n'))
      expect(answer).toMatch(/^HTTP\/1\.1 (101|400)/)
      expect(answer.toLowerCase()).not.toContain('permessage-deflate')
      expect((await dial(server.url)).socket.state).toBe('open')
    },
  )

  test.each(['7', '16', '', 'x', '1000'])('an answer of %s fails the client’s handshake', async (bits) => {
    const answer = `permessage-deflate; server_max_window_bits=${bits}`
    const server = await serve({ accept: () => ({ headers: { 'Sec-WebSocket-Extensions': answer } }) })
    const error = await connect(server.url, { compression: true }).catch((reason: unknown) => reason)
    expect(error).toMatchObject({ name: 'UpgradeError', status: 101 })
  })
})

describe('CVE-2026-1527: CR and LF in headers of our own', () => {
  const bad = ['a\r\nX-Evil: 1', 'a\nb', 'a\rb', 'a\0b', 'a\u{10d}\u{10a}b']
  test.each(bad)('%j cannot be sent by a client', async (value) => {
    const handshake = { host: 'x', target: '/', key: 'k', protocols: [] }
    expect(() => clientRequest({ ...handshake, headers: { 'X-A': value } })).toThrow(MisuseError)
    expect(() => clientRequest({ ...handshake, headers: { [value]: 'x' } })).toThrow(MisuseError)
    expect(() => clientRequest({ ...handshake, protocols: [value] })).toThrow(MisuseError)
    expect(() => clientRequest({ ...handshake, target: `/${value}` })).toThrow(MisuseError)
    expect(() => clientRequest({ ...handshake, host: value })).toThrow(MisuseError)
    expect(() => clientRequest({ ...handshake, extensions: value })).toThrow(MisuseError)
    await expect(connect('ws://127.0.0.1:1/', { headers: { 'X-A': value } })).rejects.toThrow(MisuseError)
  })

  test.each(bad)('%j cannot be sent by a server', (value) => {
    expect(() => acceptResponse('k', { headers: { 'X-A': value } })).toThrow(MisuseError)
    expect(() => acceptResponse('k', { headers: { [value]: 'x' } })).toThrow(MisuseError)
    expect(() => acceptResponse('k', { protocol: value })).toThrow(MisuseError)
    expect(() => refusalHead(401, 0, { 'X-A': value })).toThrow(MisuseError)
  })
})

describe('CVE-2023-43669: opening handshakes without bound', () => {
  test('a head that never ends is cut off by its size', async () => {
    const { port } = await serve()
    const socket = await rawDial(port)
    socket.write(`GET / HTTP/1.1\r\nHost: x\r\nX: ${'x'.repeat(20_000)}`)
    expect((await readAll(socket)).slice(0, 12)).toBe('HTTP/1.1 431')
  })

  test('and by time, when it comes a byte at a time', async () => {
    const { port } = await serve({ handshakeTimeoutMs: 150 })
    const socket = await rawDial(port)
    let at = 0
    const drip = setInterval(() => socket.write(UPGRADE.charAt(at++ % 20)), 20)
    const answer = await readAll(socket)
    clearInterval(drip)
    expect(answer.slice(0, 12)).toMatch(/^HTTP\/1\.1 40[08]/)
  })

  test('an answer that never ends is cut off by its size', async () => {
    const { createServer } = await import('node:http')
    const server = createServer().on('upgrade', (_request, socket) => {
      socket.on('error', () => undefined)
      socket.write(`HTTP/1.1 101 Switching Protocols\r\nX: ${'x'.repeat(100_000)}`)
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as { port: number }
    const error = await connect(`ws://127.0.0.1:${port}`).catch((reason: unknown) => reason)
    server.close()
    expect(error).toMatchObject({ name: 'UpgradeError', status: 0 })
  })
})

describe('CVE-2020-27813: lengths whose sum overflows an integer', () => {
  test('the high word is looked at before any arithmetic', () => {
    expect(readLength64(hex('0000000000010000'), 0)).toBe(65_536)
    for (const length of LENGTH_FORMS.slice(0, 4)) expect(typeof readLength64(hex(length), 0)).toBe('object')
  })

  test('fragments whose lengths add up beyond the limit are refused on the header of the one too many', () => {
    const end = new Endpoint('server', { limits: { messageBytes: 100_000 } })
    end.receive(masked(2, new Uint8Array(90_000), { fin: false }))
    const next = masked(0, new Uint8Array(65_536))
    end.receive(next.slice(0, 14))
    end.connection.transportEnded()
    expect(end.log).toEqual([`closed ${CloseCode.tooBig} message above the size limit unclean`])
  })
})

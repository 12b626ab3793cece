import { closeCode } from '@wirepact/protocol'
import { connect as connectRaw, type NodeWebSocket } from '@wirepact/websocket/node'
import { describe, expect, it } from 'vitest'
import { join, type Served, serve } from './serve.ts'

const bytes = (hex: string) => Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16))

/** What one raw connection ends with: `[code, reason]`. */
async function ending(url: string, act: (socket: NodeWebSocket) => void, protocol = 'wirepact.1') {
  const socket = await connectRaw(url, { protocols: [protocol] })
  const closed = new Promise<{ code: number; reason: string }>((resolve) => {
    socket.start({ message() {}, closed: (code, reason) => resolve({ code, reason }) })
  })
  act(socket)
  return closed
}

// hello with an empty fingerprint: 0x0f, then the map {fingerprint: ""}
const hello = bytes('0f81ab66696e6765727072696e74a0')
// the same with resumable: true
const resumableHello = bytes('0f82ab66696e6765727072696e74a0a9726573756d61626c65c3')

/** As `ending`, for a connection that has been welcomed. */
async function endingAfterWelcome(url: string, act: (socket: NodeWebSocket) => void, first = hello) {
  const socket = await connectRaw(url, { protocols: ['wirepact.1'] })
  return new Promise<{ code: number; reason: string }>((resolve) => {
    let welcomed = false
    socket.start({
      message(message, start) {
        if (welcomed || ((message[start] as number) & 0x1f) !== 16) return
        welcomed = true
        act(socket)
      },
      closed: (code, reason) => resolve({ code, reason }),
    })
    socket.sendBinary(first)
  })
}

async function expectOthersLive({ url }: Served) {
  expect(await join(url).api.nested.echo({ text: 'alive' })).toBe('alive')
}

describe('before hello, the server closes', () => {
  it.each([
    ['garbage', 'ffffffff', closeCode.protocolViolation],
    ['an empty message', '', closeCode.protocolViolation],
    ['a call', '01010081a2627901', closeCode.protocolViolation],
    ['an unknown kind', '1f', closeCode.protocolViolation],
    ['a truncated hello', '0f81ab66696e67', closeCode.malformedValue],
    ['a hello without a fingerprint', '0f80', closeCode.protocolViolation],
    // The map {fingerprint: "", limits: {messageBytes: 16383}}
    [
      'a hello of a client that accepts next to nothing',
      '0f82ab66696e6765727072696e74a0a66c696d69747381ac6d6573736167654279746573cd3fff',
      closeCode.protocolViolation,
    ],
  ])('%s', async (_what, hex, code) => {
    const served = await serve()
    const end = await ending(served.url, (socket) => socket.sendBinary(bytes(hex)))
    expect(end.code).toBe(code)
    expect(end.reason).not.toBe('')
    await expectOthersLive(served)
  })

  it('a text message on the binary token with 4406, and the other way round', async () => {
    const served = await serve()
    const text = await ending(served.url, (socket) => socket.sendText('{"kind":"hello","fingerprint":""}'))
    expect(text.code).toBe(closeCode.wrongMessageType)
    const binary = await ending(served.url, (socket) => socket.sendBinary(hello), 'wirepact.1+json')
    expect(binary.code).toBe(closeCode.wrongMessageType)
    await expectOthersLive(served)
  })

  it('a client that says nothing in time with 4408', async () => {
    const served = await serve({ limits: { helloTimeoutMs: 50 } })
    expect((await ending(served.url, () => {})).code).toBe(closeCode.helloTimeout)
  })

  it('a hello above its limit with 1009, before it is read', async () => {
    const served = await serve({ limits: { helloBytes: 64 } })
    const end = await ending(served.url, (socket) => socket.sendBinary(new Uint8Array(65).fill(0x0f)))
    expect(end.code).toBe(1009)
  })

  it('a client that does not wait for welcome', async () => {
    const served = await serve({ authenticate: () => new Promise(() => {}) })
    const end = await ending(served.url, (socket) => {
      socket.sendBinary(hello)
      socket.sendBinary(bytes('0d01'))
    })
    expect(end).toMatchObject({ code: closeCode.protocolViolation, reason: expect.stringContaining('welcome') })
  })
})

describe('after welcome, the server closes', () => {
  it.each([
    ['an unknown kind', '1f', closeCode.protocolViolation, 'unknown kind'],
    ['unknown flags', 'e1010081a2627901', closeCode.protocolViolation, 'flags'],
    ['a truncated call', '0101', closeCode.protocolViolation, 'method'],
    ['a truncated value', '01010081a26279', closeCode.malformedValue, ''],
    ['bytes after a value', '01010081a262790101', closeCode.malformedValue, ''],
    ['a second hello', '0f81ab66696e6765727072696e74a0', closeCode.protocolViolation, 'hello'],
    ['a welcome', '1080', closeCode.protocolViolation, ''],
    ['an answer to a call never made', '030901', closeCode.protocolViolation, 'never made'],
    ['a cancel of a call never made', '0563', closeCode.protocolViolation, 'never made'],
    ['an item of a stream never opened', '060101', closeCode.protocolViolation, ''],
    ['a state from a client', '0801', closeCode.protocolViolation, 'state'],
    ['a key named __proto__', '01010081a95f5f70726f746f5f5f01', closeCode.malformedValue, ''],
  ])('%s', async (_what, hex, code, reason) => {
    const served = await serve()
    const end = await endingAfterWelcome(served.url, (socket) => socket.sendBinary(bytes(hex)))
    expect(end.code).toBe(code)
    expect(end.reason).toContain(reason)
    await expectOthersLive(served)
  })

  it('an ack of messages that were never sent', async () => {
    const served = await serve()
    const end = await endingAfterWelcome(served.url, (socket) => socket.sendBinary(bytes('0b7f')), resumableHello)
    expect(end).toMatchObject({ code: closeCode.protocolViolation, reason: expect.stringContaining('ack of 127') })
  })

  it('a call id that was used before', async () => {
    const served = await serve()
    const end = await endingAfterWelcome(served.url, (socket) => {
      socket.sendBinary(bytes('01050081a2627901'))
      socket.sendBinary(bytes('01050081a2627901'))
    })
    expect(end).toMatchObject({ code: closeCode.protocolViolation, reason: expect.stringContaining('used before') })
  })

  it('a message above its limit with 1009, before it is read', async () => {
    const served = await serve({ limits: { messageBytes: 1024 } })
    const end = await endingAfterWelcome(served.url, (socket) => socket.sendBinary(new Uint8Array(1025)))
    expect(end.code).toBe(1009)
    await expectOthersLive(served)
  })
})

describe('the handshake refuses', () => {
  const refused = (url: string, options: Parameters<typeof connectRaw>[1]) =>
    connectRaw(url, options).then(
      () => {
        throw new Error('it was accepted')
      },
      (error) => error,
    )

  it('a wrong subprotocol with 400, and none as well', async () => {
    const { url } = await serve()
    expect(await refused(url, { protocols: ['graphql-ws'] })).toMatchObject({ status: 400 })
    const none = await refused(url, {})
    expect(none).toMatchObject({ status: 400, body: expect.stringContaining('wirepact.1') })
  })

  it('a foreign origin with 403, and with 4403 where a browser’s script has to see it', async () => {
    const { url, port } = await serve()
    const origin = 'https://evil.example'
    expect(await refused(url, { protocols: ['wirepact.1'], headers: { Origin: origin } })).toMatchObject({
      status: 403,
    })
    const socket = await connectRaw(url, {
      protocols: ['wirepact.1'],
      headers: { Origin: origin, 'User-Agent': 'Mozilla/5.0 (X11) Chrome' },
    })
    const code = await new Promise((resolve) => socket.start({ message() {}, closed: (given) => resolve(given) }))
    expect(code).toBe(closeCode.forbiddenOrigin)
    const own = await connectRaw(url, {
      protocols: ['wirepact.1'],
      headers: { Origin: `http://127.0.0.1:${port}`, 'User-Agent': 'Mozilla/5.0 (X11) Chrome' },
    })
    expect(own.protocol).toBe('wirepact.1')
    own.terminate()
  })

  it('cookies without an origin with 403', async () => {
    const { url } = await serve()
    const error = await refused(url, { protocols: ['wirepact.1'], headers: { Cookie: 'session=1' } })
    expect(error).toMatchObject({ status: 403 })
  })

  it('another path, when one is given', async () => {
    const { url } = await serve({}, { path: '/rpc' })
    expect(await refused(url.replace('/rpc', '/other'), { protocols: ['wirepact.1'] })).toMatchObject({ status: 404 })
  })

  it('a port in use with a sentence', async () => {
    const { port } = await serve()
    await expect(serve({}, { port })).rejects.toThrow(`Port ${port} is already in use.`)
  })
})

describe('credentials', () => {
  it('that are refused close the client for good, with what the server says', async () => {
    const { WirepactError } = await import('@wirepact/protocol')
    const { url } = await serve({
      authenticate: ({ credentials }) => {
        if (credentials !== 'good') throw new WirepactError('unauthenticated', 'who are you?')
        return { user: 'good' }
      },
    })
    const client = join(url, { credentials: 'bad' })
    await expect(client.api.nested.echo({ text: 'x' })).rejects.toMatchObject({
      code: 'unauthenticated',
      message: 'who are you?',
    })
    expect(client.status.value).toEqual({ phase: 'closed', because: 'who are you?' })
    expect(await join(url, { credentials: () => Promise.resolve('good') }).api.nested.echo({ text: 'x' })).toBe('x')
  })

  it('whose check throws tell the client nothing', async () => {
    const { url, reports } = await serve({
      authenticate: () => {
        throw new Error('database password is hunter2')
      },
    })
    await expect(join(url).api.nested.echo({ text: 'x' })).rejects.toMatchObject({
      code: 'unauthenticated',
      message: 'the credentials were refused',
    })
    expect(reports).toMatchObject([{ what: 'authenticate-failed' }])
  })
})

describe('a client that does not ask for a resumable session', () => {
  it('gets no token, and need not acknowledge anything', async () => {
    const { url } = await serve({ limits: { resendMessages: 8 } })
    const socket = await connectRaw(url, { protocols: ['wirepact.1+json'] })
    const received: Record<string, unknown>[] = []
    const done = new Promise<void>((resolve) => {
      socket.start({
        message(message, start, end) {
          received.push(JSON.parse(new TextDecoder().decode(message.subarray(start, end))))
          const { length } = received
          if (length === 1)
            socket.sendText('{"kind":"contract","contract":{"methods":[],"clientMethods":[],"events":[]}}')
          if (length >= 2) socket.sendText(`{"kind":"call","id":${length},"method":"increment","input":{"by":1}}`)
          if (length === 100) resolve()
        },
        closed() {},
      })
    })
    socket.sendText('{"kind":"hello","fingerprint":""}')
    await done
    socket.terminate()
    expect(received[0]).not.toHaveProperty('token')
    expect(received.at(-1)).toMatchObject({ kind: 'result', output: { value: 98 } })
  })
})

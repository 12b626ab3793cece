import { connect } from '@wirepact/client/node'
import { compile, contract, notification, procedure } from '@wirepact/contract'
import { BinaryCodec, Kind, type Message, trustedLimits } from '@wirepact/protocol'
import { composingShaper, generatingShaper } from '@wirepact/protocol/node'
import { createServer, type ServerOptions } from '@wirepact/server'
import { listen } from '@wirepact/server/node'
import { Link, Network } from '@wirepact/testing'
import { describe, expect, it, onTestFinished } from 'vitest'
import { z } from 'zod'

const Reading = z.object({ sensor: z.string(), value: z.number(), unit: z.enum(['C', 'F']).optional(), at: z.date() })

const shared = contract({
  server: {
    exact: procedure({ input: Reading, output: Reading }),
    many: procedure({ input: z.int(), output: z.array(Reading) }),
    ruled: procedure({ input: z.object({ n: z.number().max(5) }), output: z.object({ n: z.number() }) }),
    strict: procedure({ input: z.strictObject({ n: z.number() }), output: z.boolean() }),
    turned: procedure({ input: z.object({ n: z.string().transform(Number) }), output: z.object({ n: z.number() }) }),
    wrong: procedure({ output: z.object({ n: z.number() }) }),
    back: procedure({ input: z.object({ text: z.string() }), output: z.string() }),
    note: notification({ input: z.object({ n: z.number() }) }),
    heard: procedure({ output: z.array(z.number()) }),
  },
  client: { ask: procedure({ input: z.object({ text: z.string() }), output: z.object({ text: z.string() }) }) },
})

const reading = { sensor: 'cpu', value: 21.5, at: new Date(1_700_000_000_000) }

function options(notes: number[] = []): ServerOptions<typeof shared, undefined> {
  return {
    report: () => {},
    handlers: {
      exact: ({ input }) => ({ ...input, secret: 'never leaves' }),
      many: ({ input }) => Array.from({ length: input }, (_, index) => ({ ...reading, value: index })),
      ruled: ({ input }) => input,
      strict: () => true,
      turned: ({ input }) => ({ n: input.n + 1 }),
      wrong: () => ({ n: 'no number' }) as unknown as { n: number },
      back: async ({ input, connection }) => (await connection.api.ask({ text: input.text })).text,
      note({ input }) {
        notes.push(input.n)
      },
      heard: () => notes,
    },
  }
}

/** What a client sees, whatever way the values take. */
async function session(
  generateCode: { readonly client: boolean; readonly server: boolean } | undefined,
): Promise<unknown[]> {
  const handlers = { ask: ({ input }: { input: { text: string } }) => ({ text: `${input.text}!` }) }
  const network = new Network({ shapes: false })
  const isPlain = generateCode === undefined
  const server = createServer(shared, { ...options(), ...(isPlain ? { system: network.serverSystem } : {}) })
  const { url, close } = await listen(server, {
    port: 0,
    host: '127.0.0.1',
    generateCode: generateCode?.server ?? true,
  })
  network.serve(server)
  const client = isPlain
    ? network.connect(shared, { handlers })
    : connect(shared, url, { handlers, generateCode: generateCode.client })
  const { api } = client
  const wait = <Value>(promise: Promise<Value>) => (isPlain ? network.until(promise) : promise)
  const outcome = (promise: Promise<unknown>) =>
    wait(promise).catch((error: { code: string; message: string }) => {
      // Each failure on the server has a number of its own.
      return [error.code, error.message.replace(/\(.*\)|[0-9a-f-]{8,}/, '')]
    })
  const outcomes = [
    await outcome(api.exact(reading)),
    await outcome(api.exact({ ...reading, unit: 'F', extra: 1 } as typeof reading)),
    await outcome(api.exact({ ...reading, unit: undefined } as unknown as typeof reading)),
    await outcome(api.exact({ ...reading, value: 'x' } as unknown as typeof reading)),
    await outcome(api.exact({ ...reading, value: Number.NaN })),
    await outcome(api.exact({ ...reading, value: -0 })),
    await outcome(api.many(3)),
    await outcome(api.many(0)),
    await outcome(api.many(2.5)),
    await outcome(api.ruled({ n: 5 })),
    await outcome(api.ruled({ n: 6 })),
    await outcome(api.strict({ n: 1 })),
    await outcome(api.strict({ n: 1, extra: 2 } as { n: number })),
    await outcome(api.turned({ n: '41' })),
    await outcome(api.wrong()),
    await outcome(api.back({ text: 'hello' })),
    await outcome(api.note({ n: 7 })),
    await outcome(api.heard()),
  ]
  await wait(client.close())
  await close()
  await server.close()
  return outcomes
}

describe('values laid out by shape, over real connections', () => {
  it('make no difference to what anybody sees, with or without generated code', async () => {
    const plain = await session(undefined)
    expect(plain.slice(-3)).toEqual(['hello!', undefined, [7]])
    for (const [client, server] of [
      [true, true],
      [true, false],
      [false, true],
      [false, false],
    ] as const)
      expect(await session({ client, server })).toStrictEqual(plain)
  })
})

const codec = new BinaryCodec(trustedLimits)
const fingerprint = compile(shared).fingerprint

/** A client that says what it is told to, and hears how it is answered. */
function raw(shapes: number | undefined, shaper = generatingShaper) {
  const { clock } = new Network()
  const server = createServer(shared, { ...options(), system: new Network().serverSystem })
  const heard: { messages: Message[]; first: number[]; closed: number } = { messages: [], first: [], closed: 0 }
  const link = new Link({ clock, encoding: 'binary', latencyMs: () => 1, deliver: () => {}, closed: () => {} })
  server.accept({ ...link.server, shaper })
  const layouts = { input: () => shaper('int'), output: () => shaper('{"n":number}'), payload: () => shaper('int') }
  link.client.start({
    message(bytes, start, end) {
      heard.first.push(bytes[start] as number)
      heard.messages.push(codec.decode(bytes, start, end, false, layouts))
    },
    text() {},
    closed(code) {
      heard.closed = code
    },
  })
  onTestFinished(() => server.close())
  const send = (bytes: Uint8Array) => link.client.channel.send({ bytes, start: 0, end: bytes.length })
  link.client.channel.send(codec.encode({ kind: Kind.hello, fingerprint, shapes }))
  return { heard, send, clock }
}

const ruled = compile(shared).methods.find(({ name }) => name === 'ruled')?.index ?? 0

describe('a peer of another kind', () => {
  it('is welcomed without shapes, and answered with plain values, when it says nothing of them', async () => {
    const { heard, send, clock } = raw(undefined)
    await clock.advance(100)
    expect(heard.messages[0]).toMatchObject({ kind: Kind.welcome })
    expect(heard.messages[0]).not.toHaveProperty('shapes')
    send(Uint8Array.of(0x01, 1, ruled, 0x81, 0xa1, 0x6e, 3))
    await clock.advance(100)
    expect(heard.first[1]).toBe(0x03)
    expect(heard.messages[1]).toMatchObject({ id: 1, output: { n: 3 } })
  })

  it('is closed with 4400 when it lays out a value without that', async () => {
    const { heard, send, clock } = raw(undefined)
    await clock.advance(100)
    send(Uint8Array.of(0x81, 1, ruled, 3))
    await clock.advance(100)
    expect(heard.closed).toBe(4400)
  })

  it.each([
    ['generated code', generatingShaper],
    ['closures', composingShaper],
  ])('may lay out values, and send plain ones, as it likes (%s)', async (_name, shaper) => {
    const { heard, send, clock } = raw(1, shaper)
    await clock.advance(100)
    expect(heard.messages[0]).toMatchObject({ kind: Kind.welcome, shapes: 1 })
    send(Uint8Array.of(0x81, 1, ruled, 3))
    send(Uint8Array.of(0x01, 2, ruled, 0x81, 0xa1, 0x6e, 4))
    send(Uint8Array.of(0x81, 3, ruled, 6))
    await clock.advance(100)
    expect(heard.first.slice(1, 3)).toEqual([0x83, 0x83])
    expect(heard.messages.slice(1, 3)).toMatchObject([{ output: { n: 3 } }, { output: { n: 4 } }])
    // What has the shape and breaks a rule is refused by validation.
    expect(heard.messages[3]).toMatchObject({ kind: Kind.error, id: 3, code: 'invalid-input' })
  })

  it.each([
    ['bytes that are not of the shape', 4422, [0x81, 1, ruled, 0xa1, 0x78]],
    ['bytes that follow it', 4422, [0x81, 1, ruled, 3, 3]],
    ['a method that has no shape', 4400, [0x81, 1, ruled + 90, 3]],
  ])('is closed for %s', async (_what, code, bytes) => {
    const { heard, send, clock } = raw(1)
    await clock.advance(100)
    send(Uint8Array.from(bytes as number[]))
    await clock.advance(100)
    expect(heard.closed).toBe(code)
  })
})

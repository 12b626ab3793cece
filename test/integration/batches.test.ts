import { createClient } from '@wirepact/client'
import { answerWithHandlers } from '@wirepact/peer/answering'
import { eventing } from '@wirepact/peer/eventing'
import { webSocketSource } from '@wirepact/peer/node'
import { BinaryCodec, Kind, type Message, trustedLimits, unbatch } from '@wirepact/protocol'
import { connect } from '@wirepact/websocket/node'
import { expect, it, onTestFinished } from 'vitest'
import { counter } from './counter.ts'
import { serve } from './serve.ts'

// Batches over real sockets, by a client as browsers have one: it asks for them. (In a browser: test/browser/runtimes.)

const codec = new BinaryCodec(trustedLimits)

/** A client that asks for batches, and counts WebSocket messages in both directions. */
async function batching(url: string) {
  const frames = { sent: 0, heard: 0 }
  const sockets: { terminate(): void }[] = []
  const client = createClient(
    counter,
    async () => {
      const socket = await connect(url, { protocols: ['wirepact.1'] })
      sockets.push(socket)
      const { sendBinary, start } = socket
      socket.sendBinary = (...args) => {
        frames.sent++
        return sendBinary.apply(socket, args)
      }
      socket.start = (given) =>
        start.call(socket, {
          message(...args) {
            frames.heard++
            given.message(...args)
          },
          drain: () => given.drain?.(),
          closed: (...args) => given.closed(...args),
        })
      return webSocketSource(socket, { encoding: 'binary', hardCapBytes: 1 << 26 })
    },
    { reconnect: { baseMs: 20, capMs: 50, firstMs: 20 }, handlers: { confirm: () => true, shout: () => {} } },
    { answering: answerWithHandlers, eventing, batches: true },
  )
  onTestFinished(() => client.close())
  await client.connected()
  return { client, frames, sockets }
}

it('a hundred calls of one turn are two WebSocket messages, and so are their answers', async () => {
  const { url } = await serve()
  const { client, frames } = await batching(url)
  await client.api.nested.echo({ text: 'warm' })
  Object.assign(frames, { sent: 0, heard: 0 })
  const answers = await Promise.all(Array.from({ length: 100 }, (_, n) => client.api.nested.echo({ text: `n${n}` })))
  expect(answers).toEqual(Array.from({ length: 100 }, (_, n) => `n${n}`))
  expect(frames.sent).toBe(2)
  // Two chunks may come apart on their way.
  expect(frames.heard).toBeLessThanOrEqual(4)
})

it('one call at a time is one message each way, as it always was', async () => {
  const { url } = await serve()
  const { client, frames } = await batching(url)
  await client.api.nested.echo({ text: 'warm' })
  Object.assign(frames, { sent: 0, heard: 0 })
  for (let n = 0; n < 20; n++) await client.api.nested.echo({ text: 'x' })
  expect(frames).toEqual({ sent: 20, heard: 20 })
})

it('a session is carried on over cuts, with what was in a batch that was lost', async () => {
  const { url, runs } = await serve()
  const { client, sockets } = await batching(url)
  let sum = 0
  for (let round = 0; round < 10; round++) {
    const calls = Array.from({ length: 50 }, () => client.api.increment({ by: 1 }))
    if (round % 2 === 0) await calls[0]
    sockets.at(-1)?.terminate()
    const values = (await Promise.all(calls)).map(({ value }) => value)
    expect(values).toEqual(Array.from({ length: 50 }, () => ++sum))
  }
  expect(runs.count).toBe(500)
})

it('events come in order, many in one message, and calls between them', async () => {
  const { url, server } = await serve()
  const { client, frames } = await batching(url)
  const seen: number[] = []
  await client.events.tick.subscribe({ room: 'a' }, { next: ({ n }) => seen.push(n) }).ready
  const before = frames.heard
  for (let n = 0; n < 3_000; n++) void server.events.tick.publish({ room: 'a' }, { n })
  await expect.poll(() => seen.length, { timeout: 5_000 }).toBe(3_000)
  expect(seen).toEqual(Array.from({ length: 3_000 }, (_, n) => n))
  expect(frames.heard - before).toBeLessThan(200)
  expect(await client.api.nested.echo({ text: 'still' })).toBe('still')
})

/** A stranger that says bytes, and hears messages. */
async function stranger(url: string, hello: Partial<Message>) {
  const heard: Message[] = []
  let code = 0
  const socket = await connect(url, { protocols: ['wirepact.1'] })
  onTestFinished(() => socket.terminate())
  const ear = {
    message: (bytes: Uint8Array, start: number, end: number) => void heard.push(codec.decode(bytes, start, end)),
    text() {},
    closed() {},
  }
  socket.start({
    message: (bytes, start, end) => unbatch(ear, bytes, start, end, false),
    closed: (closeCode) => {
      code = closeCode
    },
  })
  const { bytes, start, end } = codec.encode({ kind: Kind.hello, fingerprint: '', ...hello } as Message)
  socket.sendBinary(bytes, start, end)
  await expect.poll(() => heard.length).toBeGreaterThan(0)
  return {
    ...{ heard, say: (hex: string) => socket.sendBinary(Buffer.from(hex.replaceAll(' ', ''), 'hex')) },
    ended: () =>
      expect
        .poll(() => code)
        .not.toBe(0)
        .then(() => code),
  }
}

it('welcome says whether there are batches; without that one is a violation', async () => {
  const { url } = await serve()
  const agreed = await stranger(url, { batch: true })
  expect(agreed.heard[0]).toMatchObject({ kind: Kind.welcome, batch: true })
  agreed.say('19 02 0d07 02 0d08')
  await expect.poll(() => agreed.heard.filter(({ kind }) => kind === Kind.pong)).toHaveLength(2)
  const other = await stranger(url, {})
  expect(other.heard[0]).toMatchObject({ kind: Kind.welcome })
  expect(other.heard[0]).not.toHaveProperty('batch')
  other.say('19 02 0d07 02 0d08')
  expect(await other.ended()).toBe(4400)
})

it('what comes after the fault in a broken batch is not acted on, and what stood before it was', async () => {
  const { url, lines } = await serve()
  const client = await stranger(url, { batch: true })
  const contract = { kind: Kind.contract, contract: { methods: [], clientMethods: [], events: [] } } as const
  const { bytes, start, end } = codec.encode(contract)
  client.say(Buffer.from(bytes.slice(start, end)).toString('hex'))
  const welcome = client.heard[0] as { contract?: { methods: [string][] } }
  const number = welcome.contract?.methods.findIndex(([name]) => name === 'log') ?? -1
  const log = (line: string) => {
    const message = codec.encode({ kind: Kind.notify, method: number, input: { line } })
    const member = Buffer.from(message.bytes.slice(message.start, message.end))
    return Buffer.of(member.length, ...member).toString('hex')
  }
  client.say(`19 ${log('one')} ${log('two')} 00 ${log('three')}`)
  expect(await client.ended()).toBe(4400)
  expect(lines).toEqual(['one', 'two'])
})

import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { WebSocket, WebSocketServer } from 'ws'
import { z } from 'zod'
import { sendPaced } from '../harness/paced-sending.ts'
import {
  answerTo,
  BenchEvent,
  type Reading,
  Readings,
  readingsFor,
  UnaryInput,
  UnaryOutput,
} from '../harness/shapes.ts'
import { itemsFor, StreamItem } from '../harness/stream-items.ts'
import type { Subject, SubjectClient, SubjectServer } from '../harness/subject.ts'

// What a good engineer writes in an afternoon instead of taking a framework: ids, names, JSON, zod on the server's side.
// It has no deadlines, no reconnect, no limits and no resume.

export const subject: Subject = {
  about: 'ws and a minimal RPC by hand: JSON, zod on input, output and payload',
  packages: ['ws', 'zod'],
  serve,
  connect,
  async connectToProcedures(port, count) {
    const { call } = await open(port)
    return (input) => call(nameOf(count - 1), input) as Promise<UnaryOutput>
  },
}

interface Request {
  readonly id: number
  readonly method: string
  readonly input: unknown
}

type Reply = { readonly id: number } & ({ readonly output: unknown } | { readonly error: string })
type Push = { readonly event: unknown }
/** One of many answers to a request; the last one is a `Reply`. */
type Part = { readonly id: number; readonly item: unknown }

const methods: Readonly<Record<string, (input: unknown) => unknown>> = {
  answer: (input) => UnaryOutput.parse(answerTo(UnaryInput.parse(input))),
  history: (input) => Readings.parse(readingsFor(UnaryInput.parse(input))),
  // JSON has no bytes: they travel as text.
  echo: (input) => z.base64().parse(input),
}

function nameOf(index: number): string {
  return `answer${index}`
}

function procedures(count: number): typeof methods {
  return Object.fromEntries(Array.from({ length: count }, (_, index) => [nameOf(index), methods.answer!]))
}

function* partsOf(id: number, items: Generator<StreamItem, number>): Generator<string, number> {
  for (;;) {
    const { done, value } = items.next()
    if (done === true) return value
    yield JSON.stringify({ id, item: StreamItem.parse(value) } satisfies Part)
  }
}

function reply(all: typeof methods, { id, method, input }: Request): Reply {
  try {
    const handler = all[method]
    if (handler === undefined) return { id, error: `there is no method ${method}` }
    return { id, output: handler(input) }
  } catch (error) {
    return { id, error: String(error) }
  }
}

async function listen(all: typeof methods): Promise<WebSocketServer> {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' })
  server.on('connection', (socket) => {
    socket.on('message', async (data) => {
      const request = JSON.parse(String(data)) as Request
      const { id, method, input } = request
      if (method !== 'items') return socket.send(JSON.stringify(reply(all, request)))
      const output = await sendPaced(socket, partsOf(id, itemsFor(Number(input))))
      socket.send(JSON.stringify({ id, output } satisfies Reply))
    })
  })
  await once(server, 'listening')
  return server
}

async function serve(): Promise<SubjectServer> {
  const server = await listen(methods)
  const portOf = (of: WebSocketServer) => (of.address() as AddressInfo).port
  return {
    port: portOf(server),
    serveProcedures: async (count) => portOf(await listen(procedures(count))),
    publish(event) {
      const push: Push = { event: BenchEvent.parse(event) }
      const text = JSON.stringify(push)
      for (const socket of server.clients) socket.send(text)
    },
    queuedBytes: () => Math.max(0, ...[...server.clients].map(({ bufferedAmount }) => bufferedAmount)),
  }
}

interface Waiting {
  readonly resolve: (output: unknown) => void
  readonly reject: (error: Error) => void
}

interface Connection {
  call(method: string, input: unknown): Promise<unknown>
  readonly subscribers: ((event: BenchEvent) => void)[]
  /** By the id of the last call. */
  readonly readers: Map<number, (item: StreamItem) => void>
  lastId(): number
}

async function open(port: number): Promise<Connection> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}`)
  const waiting = new Map<number, Waiting>()
  const subscribers: ((event: BenchEvent) => void)[] = []
  const readers = new Map<number, (item: StreamItem) => void>()
  let lastId = 0
  socket.on('message', (data) => {
    const message = JSON.parse(String(data)) as Reply | Push | Part
    if ('item' in message) return readers.get(message.id)?.(message.item as StreamItem)
    if ('event' in message) {
      for (const next of subscribers) next(message.event as BenchEvent)
      return
    }
    const call = waiting.get(message.id)
    waiting.delete(message.id)
    if ('output' in message) call?.resolve(message.output)
    else call?.reject(new Error(message.error))
  })
  await once(socket, 'open')
  const call = (method: string, input: unknown) =>
    new Promise<unknown>((resolve, reject) => {
      const id = ++lastId
      waiting.set(id, { resolve, reject })
      socket.send(JSON.stringify({ id, method, input } satisfies Request))
    })
  return { call, subscribers, readers, lastId: () => lastId }
}

async function connect(port: number): Promise<SubjectClient> {
  const { call, subscribers, readers, lastId } = await open(port)
  return {
    call: (input) => call('answer', input) as Promise<UnaryOutput>,
    history: (input) => call('history', input) as Promise<Reading[]>,
    echo: async (bytes) => Buffer.from((await call('echo', Buffer.from(bytes).toString('base64'))) as string, 'base64'),
    async subscribe(next) {
      subscribers.push(next)
    },
    async items(milliseconds, next) {
      const sent = call('items', milliseconds)
      readers.set(lastId(), next)
      return (await sent) as number
    },
  }
}

import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { createBirpc } from 'birpc'
import { pack, unpack } from 'msgpackr'
import { WebSocket, WebSocketServer } from 'ws'
import { z } from 'zod'
import { answerTo, BenchEvent, Readings, readingsFor, UnaryInput, UnaryOutput } from '../harness/shapes.ts'
import type { Subject, SubjectClient, SubjectServer } from '../harness/subject.ts'

// Set up as birpc's page shows it for WebSockets, with msgpackr in the place of JSON. It has no schemas: they are parsed
// in the functions.

export const subject: Subject = {
  about: 'birpc on ws with msgpackr, zod in its functions',
  packages: ['birpc', 'msgpackr', 'ws', 'zod'],
  serve,
  connect,
}

const Bytes = z.instanceof(Uint8Array)

const serverFunctions = {
  answer: (input: UnaryInput) => UnaryOutput.parse(answerTo(UnaryInput.parse(input))),
  history: (input: UnaryInput) => Readings.parse(readingsFor(UnaryInput.parse(input))),
  echo: (bytes: Uint8Array) => Bytes.parse(bytes),
}

interface ClientFunctions {
  reading(event: BenchEvent): void
}

async function serve(): Promise<SubjectServer> {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' })
  const clients = new Set<{ readonly reading: (event: BenchEvent) => unknown }>()
  server.on('connection', (socket) => {
    const rpc = createBirpc<ClientFunctions, typeof serverFunctions>(serverFunctions, {
      post: (data) => socket.send(data),
      on: (receive) => socket.on('message', receive),
      serialize: (value) => pack(value),
      deserialize: (bytes) => unpack(bytes),
      eventNames: ['reading'],
    })
    clients.add(rpc)
    socket.on('close', () => clients.delete(rpc))
  })
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    publish(event) {
      const parsed = BenchEvent.parse(event)
      for (const client of clients) client.reading(parsed)
    },
    queuedBytes: () => Math.max(0, ...[...server.clients].map(({ bufferedAmount }) => bufferedAmount)),
  }
}

async function connect(port: number): Promise<SubjectClient> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}`)
  const subscribers: ((event: BenchEvent) => void)[] = []
  const clientFunctions: ClientFunctions = {
    reading(event) {
      for (const next of subscribers) next(event)
    },
  }
  const rpc = createBirpc<typeof serverFunctions, ClientFunctions>(clientFunctions, {
    post: (data) => socket.send(data),
    on: (receive) => socket.on('message', receive),
    serialize: (value) => pack(value),
    deserialize: (bytes) => unpack(bytes),
  })
  await once(socket, 'open')
  return {
    call: (input) => rpc.answer(input),
    history: (input) => rpc.history(input),
    echo: (bytes) => rpc.echo(bytes),
    async subscribe(next) {
      subscribers.push(next)
    },
  }
}

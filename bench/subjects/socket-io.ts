import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Server, type ServerOptions } from 'socket.io'
import { io } from 'socket.io-client'
import parser from 'socket.io-msgpack-parser'
import { z } from 'zod'
import {
  answerTo,
  BenchEvent,
  type Reading,
  Readings,
  readingsFor,
  UnaryInput,
  UnaryOutput,
} from '../harness/shapes.ts'
import type { Subject, SubjectClient, SubjectServer } from '../harness/subject.ts'

// Set up as Socket.IO's pages on acknowledgements, custom parsers and the WebSocket transport show it. It has no schemas:
// they are parsed in the listeners.

export const subject: Subject = {
  about: 'Socket.IO 4 with its MessagePack parser, WebSocket only, acknowledgements as answers, zod in its listeners',
  packages: ['socket.io', 'socket.io-client', 'socket.io-msgpack-parser', 'zod'],
  serve: () => serve({ parser }),
  connect: (port) => connect(port, { parser }),
}

/** The same with what it calls connection state recovery, which its page says to switch on like this. */
export const recovering: Subject = {
  ...subject,
  about: 'Socket.IO 4 with connection state recovery, else as socket-io',
  serve: () => serve({ parser, connectionStateRecovery: {} }),
}

/** The same with the parser that it has by itself. */
export const withDefaultParser: Subject = {
  about: 'Socket.IO 4 with its default parser (JSON, bytes apart), else as socket-io',
  packages: ['socket.io', 'socket.io-client', 'zod'],
  serve: () => serve({}),
  connect: (port) => connect(port, {}),
}

interface WithParser {
  readonly parser?: typeof parser
}

// The MessagePack parser makes an ArrayBuffer of whatever bytes it finds, the default one a Buffer.
const Bytes = z.union([z.instanceof(ArrayBuffer), z.instanceof(Uint8Array)])

async function serve(
  options: WithParser & Pick<Partial<ServerOptions>, 'connectionStateRecovery'>,
): Promise<SubjectServer> {
  const http = createServer()
  const server = new Server(http, { ...options, transports: ['websocket'] })
  server.on('connection', (socket) => {
    socket.on('answer', (input, reply) => reply(UnaryOutput.parse(answerTo(UnaryInput.parse(input)))))
    socket.on('history', (input, reply) => reply(Readings.parse(readingsFor(UnaryInput.parse(input)))))
    socket.on('echo', (bytes, reply) => reply(Bytes.parse(bytes)))
    socket.on('subscribe', (room, reply) => {
      socket.join(room)
      reply()
    })
  })
  http.listen(0, '127.0.0.1')
  await once(http, 'listening')
  return {
    port: (http.address() as AddressInfo).port,
    publish: (event) => void server.to('readings').emit('reading', BenchEvent.parse(event)),
    // What waits is in a buffer of Engine.IO's own, as packets: one event each, of about sixty bytes.
    queuedBytes: () => 60 * Math.max(0, ...[...server.sockets.sockets.values()].map(({ conn }) => waiting(conn))),
  }
}

async function connect(port: number, options: WithParser): Promise<SubjectClient> {
  // Where connections are cut: how soon one comes back is not what is measured. It adds and takes off up to a half.
  const reconnect = { reconnectionDelay: 33, reconnectionDelayMax: 66 }
  const socket = io(`ws://127.0.0.1:${port}`, { ...options, transports: ['websocket'], forceNew: true, ...reconnect })
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve)
    socket.once('connect_error', reject)
  })
  return {
    returned: () => new Promise((resolve) => void socket.once('connect', resolve)),
    call: (input) => socket.emitWithAck('answer', input) as Promise<UnaryOutput>,
    history: (input) => socket.emitWithAck('history', input) as Promise<Reading[]>,
    echo: async (bytes) => new Uint8Array((await socket.emitWithAck('echo', bytes)) as ArrayBuffer),
    subscribeTo: (topic) => socket.emitWithAck('subscribe', `readings${topic}`),
    async subscribe(next) {
      // With connection state recovery there is a second argument.
      socket.on('reading', (event) => next(event))
      await socket.emitWithAck('subscribe', 'readings')
    },
  }
}

/** The buffer is not part of the types. */
function waiting(connection: object): number {
  return (connection as { readonly writeBuffer: readonly unknown[] }).writeBuffer.length
}

import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { newWebSocketRpcSession, type RpcStub, RpcTarget } from 'capnweb'
import { WebSocket, WebSocketServer } from 'ws'
import { z } from 'zod'
import { answerTo, BenchEvent, Readings, readingsFor, UnaryInput, UnaryOutput } from '../harness/shapes.ts'
import type { Subject, SubjectClient, SubjectServer } from '../harness/subject.ts'

// Set up as Cap'n Web's page has it for Node.js with ws. It has no schemas: they are parsed in the methods. Events are
// calls of a function that the client passes; a call is awaited, or else its failure would end the process.

export const subject: Subject = {
  about: "Cap'n Web on ws: methods of a target, a callback as subscription, zod in its methods",
  packages: ['capnweb', 'ws', 'zod'],
  serve,
  connect,
}

type Next = (event: BenchEvent) => void

const Bytes = z.instanceof(Uint8Array)
const subscribers = new Set<RpcStub<Next>>()

class Api extends RpcTarget {
  answer(input: UnaryInput) {
    return UnaryOutput.parse(answerTo(UnaryInput.parse(input)))
  }

  history(input: UnaryInput) {
    return Readings.parse(readingsFor(UnaryInput.parse(input)))
  }

  echo(bytes: Uint8Array) {
    return Bytes.parse(bytes)
  }

  subscribe(next: RpcStub<Next>) {
    // Parameters are disposed when the call returns; whoever keeps one keeps a copy.
    subscribers.add(next.dup())
  }
}

async function serve(): Promise<SubjectServer> {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' })
  globalThis.WebSocket ??= WebSocket as unknown as typeof globalThis.WebSocket
  server.on('connection', (socket) => {
    newWebSocketRpcSession(socket as unknown as globalThis.WebSocket, new Api())
  })
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    publish(event) {
      const parsed = BenchEvent.parse(event)
      for (const next of subscribers) {
        const sent = next(parsed)
        sent.then(
          () => sent[Symbol.dispose](),
          () => subscribers.delete(next),
        )
      }
    },
    queuedBytes: () => Math.max(0, ...[...server.clients].map(({ bufferedAmount }) => bufferedAmount)),
  }
}

async function connect(port: number): Promise<SubjectClient> {
  // Node.js 20 has no WebSocket of its own, and Cap'n Web reads constants off the global one.
  globalThis.WebSocket ??= WebSocket as unknown as typeof globalThis.WebSocket
  const socket = new WebSocket(`ws://127.0.0.1:${port}`)
  await once(socket, 'open')
  const api = newWebSocketRpcSession<Api>(socket as unknown as globalThis.WebSocket)
  return {
    call: async (input) => await api.answer(input),
    history: async (input) => await api.history(input),
    echo: async (bytes) => await api.echo(bytes),
    async subscribe(next) {
      await api.subscribe(next as unknown as RpcStub<Next>)
    },
  }
}

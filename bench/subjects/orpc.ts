import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { createORPCClient } from '@orpc/client'
import { RPCLink } from '@orpc/client/websocket'
import { EventPublisher, eventIterator, os, type RouterClient } from '@orpc/server'
import { RPCHandler } from '@orpc/server/ws'
import { WebSocket, WebSocketServer } from 'ws'
import { z } from 'zod'
import { answerTo, BenchEvent, Readings, readingsFor, UnaryInput, UnaryOutput } from '../harness/shapes.ts'
import type { Subject, SubjectClient, SubjectServer } from '../harness/subject.ts'

// Set up as oRPC's pages on the WebSocket adapter, event iterators and the event publisher show it.

export const subject: Subject = {
  about: 'oRPC 1 on ws, zod on input, output and payload',
  packages: ['@orpc/server', '@orpc/client', 'ws', 'zod'],
  serve,
  connect,
}

const publisher = new EventPublisher<Record<string, BenchEvent>>({ maxBufferedEvents: Number.POSITIVE_INFINITY })

const router = {
  answer: os
    .input(UnaryInput)
    .output(UnaryOutput)
    .handler(({ input }) => answerTo(input)),
  history: os
    .input(UnaryInput)
    .output(Readings)
    .handler(({ input }) => readingsFor(input)),
  topics: os
    .input(z.number())
    .output(eventIterator(BenchEvent))
    .handler(async function* ({ input, signal }) {
      yield* publisher.subscribe(`reading${input}`, signal === undefined ? {} : { signal })
    }),
  readings: os.output(eventIterator(BenchEvent)).handler(async function* ({ signal }) {
    yield* publisher.subscribe('reading', signal === undefined ? {} : { signal })
  }),
}

async function serve(): Promise<SubjectServer> {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' })
  const handler = new RPCHandler(router)
  server.on('connection', (socket) => void handler.upgrade(socket, { context: {} }))
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    publish: (event) => publisher.publish('reading', event),
    queuedBytes: () => Math.max(0, ...[...server.clients].map(({ bufferedAmount }) => bufferedAmount)),
  }
}

async function connect(port: number): Promise<SubjectClient> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}`)
  await once(socket, 'open')
  // Node.js 20 has no WebSocket of its own. That of ws does all that is used, but its types are not the DOM's.
  const link = new RPCLink({ websocket: socket as unknown as globalThis.WebSocket })
  const client: RouterClient<typeof router> = createORPCClient(link)
  return {
    call: (input) => client.answer(input),
    history: (input) => client.history(input),
    async subscribeTo(topic) {
      const events = await client.topics(topic)
      const read = async () => {
        for await (const _ of events);
      }
      // It ends with its connection.
      read().catch(() => {})
      await client.answer({ a: 0, b: '' })
    },
    async subscribe(next, failed) {
      const events = await client.readings()
      const read = async () => {
        for await (const event of events) next(event)
      }
      read().catch(failed)
      // The iterator is there before its handler runs: a call that comes back was handled after it.
      await client.answer({ a: 0, b: '' })
    },
  }
}

import EventEmitter, { on, once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { createTRPCClient, createWSClient, wsLink } from '@trpc/client'
import { initTRPC } from '@trpc/server'
import { applyWSSHandler } from '@trpc/server/adapters/ws'
import { WebSocket, WebSocketServer } from 'ws'
import { z } from 'zod'
import { answerTo, BenchEvent, Readings, readingsFor, UnaryInput, UnaryOutput } from '../harness/shapes.ts'
import type { Subject, SubjectClient, SubjectServer } from '../harness/subject.ts'

// Set up as tRPC's pages on WebSockets and on subscriptions show it. Of its two ways to check what a subscription
// yields this is the quicker one: its `zAsyncIterable` wraps the generator in a second one.

export const subject: Subject = {
  about: 'tRPC 11: wsLink and applyWSSHandler on ws, zod on input, output and payload',
  packages: ['@trpc/server', '@trpc/client', 'ws', 'zod'],
  serve,
  connect,
}

const events = new EventEmitter()
const t = initTRPC.create()
const router = t.router({
  answer: t.procedure
    .input(UnaryInput)
    .output(UnaryOutput)
    .query(({ input }) => answerTo(input)),
  history: t.procedure
    .input(UnaryInput)
    .output(Readings)
    .query(({ input }) => readingsFor(input)),
  topics: t.procedure.input(z.number()).subscription(async function* ({ input, signal }) {
    for await (const [event] of on(events, `reading${input}`, signal === undefined ? {} : { signal })) {
      yield BenchEvent.parse(event)
    }
  }),
  readings: t.procedure.subscription(async function* ({ signal }) {
    for await (const [event] of on(events, 'reading', signal === undefined ? {} : { signal })) {
      yield BenchEvent.parse(event)
    }
  }),
})

async function serve(): Promise<SubjectServer> {
  const wss = new WebSocketServer({ port: 0, host: '127.0.0.1' })
  applyWSSHandler({
    wss,
    router,
    createContext: () => ({}),
    keepAlive: { enabled: true, pingMs: 30_000, pongWaitMs: 5_000 },
  })
  await once(wss, 'listening')
  return {
    port: (wss.address() as AddressInfo).port,
    publish: (event) => void events.emit('reading', event),
    queuedBytes: () => Math.max(0, ...[...wss.clients].map(({ bufferedAmount }) => bufferedAmount)),
  }
}

async function connect(port: number): Promise<SubjectClient> {
  // Node.js 20 has no WebSocket of its own. That of ws does all that is used, but its types are not the DOM's.
  let opened = () => {}
  const client = createTRPCClient<typeof router>({
    links: [
      wsLink({
        client: createWSClient({
          url: `ws://127.0.0.1:${port}`,
          // Where connections are cut: how soon one comes back is not what is measured.
          retryDelayMs: () => Math.random() * 50,
          onOpen: () => opened(),
          WebSocket: WebSocket as unknown as typeof globalThis.WebSocket,
        }),
      }),
    ],
  })
  // There is nothing to wait for; a call shows that the connection stands.
  await client.answer.query({ a: 0, b: '' })
  return {
    call: (input) => client.answer.query(input),
    returned: () =>
      new Promise((resolve) => {
        opened = resolve
      }),
    history: (input) => client.history.query(input),
    subscribeTo: (topic) =>
      new Promise((resolve, reject) => {
        client.topics.subscribe(topic, { onStarted: () => resolve(), onError: reject })
      }),
    subscribe: (next, failed) =>
      new Promise((resolve, reject) => {
        client.readings.subscribe(undefined, {
          onStarted: () => resolve(),
          onData: next,
          onError(error) {
            failed(error)
            reject(error)
          },
        })
      }),
  }
}

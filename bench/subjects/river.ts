import { once } from 'node:events'
import { createServer as createHttpServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createClient, createServer, Ok, Procedure, ServiceSchema } from '@replit/river'
import { WebSocketClientTransport } from '@replit/river/transport/ws/client'
import { WebSocketServerTransport } from '@replit/river/transport/ws/server'
import { Type } from '@sinclair/typebox'
import WebSocket from 'isomorphic-ws'
import { WebSocketServer } from 'ws'
import { answerTo, type BenchEvent, readingsFor } from '../harness/shapes.ts'
import type { Subject, SubjectClient, SubjectServer } from '../harness/subject.ts'

// Set up as River's page shows it, with its own schemas (TypeBox), which it checks on what the server gets.

export const subject: Subject = {
  about: 'River 0.17 on ws with its default codec, TypeBox on what the server gets',
  packages: ['@replit/river', '@sinclair/typebox', 'ws'],
  serve,
  connect,
}

const Input = Type.Object({ a: Type.Number(), b: Type.String() })
const Bytes = Type.Object({ bytes: Type.Uint8Array() })
const Reading = Type.Object({
  sensorId: Type.String(),
  ts: Type.Number(),
  temperature: Type.Number(),
  humidity: Type.Number(),
  pressure: Type.Number(),
  battery: Type.Number(),
  status: Type.String(),
  online: Type.Boolean(),
})

/** What a subscription says first, when it stands. */
const BEGUN: BenchEvent = { id: -1, kind: 'begun', value: 0 }

const subscribers = new Set<(event: BenchEvent) => void>()

const BenchService = ServiceSchema.define({
  answer: Procedure.rpc({
    input: Input,
    output: Type.Object({ c: Type.Number(), d: Type.String() }),
    handler: async (_context, input) => Ok(answerTo(input)),
  }),
  history: Procedure.rpc({
    input: Input,
    output: Type.Object({ readings: Type.Array(Reading) }),
    handler: async (_context, input) => Ok({ readings: readingsFor(input) }),
  }),
  echo: Procedure.rpc({ input: Bytes, output: Bytes, handler: async (_context, input) => Ok(input) }),
  readings: Procedure.subscription({
    input: Type.Object({}),
    output: Type.Object({ id: Type.Number(), kind: Type.String(), value: Type.Number() }),
    async handler(_context, _input, output) {
      const push = (event: BenchEvent) => void output.push(Ok(event))
      subscribers.add(push)
      push(BEGUN)
      return () => subscribers.delete(push)
    },
  }),
})

function riverOn(wss: WebSocketServer) {
  return createServer(new WebSocketServerTransport(wss, 'SERVER'), { bench: BenchService })
}

async function serve(): Promise<SubjectServer> {
  const http = createHttpServer()
  const wss = new WebSocketServer({ server: http })
  riverOn(wss)
  http.listen(0, '127.0.0.1')
  await once(http, 'listening')
  return {
    port: (http.address() as AddressInfo).port,
    publish(event) {
      for (const push of subscribers) push(event)
    },
    queuedBytes: () => Math.max(0, ...[...wss.clients].map(({ bufferedAmount }) => bufferedAmount)),
  }
}

let clients = 0

async function connect(port: number): Promise<SubjectClient> {
  const transport = new WebSocketClientTransport(
    async () => new WebSocket(`ws://127.0.0.1:${port}`),
    `client-${process.pid}-${clients++}`,
  )
  const { bench } = createClient<ReturnType<typeof riverOn>>(transport, 'SERVER', { eagerlyConnect: true })
  return {
    call: async (input) => payloadOf(await bench.answer.rpc(input)),
    history: async (input) => payloadOf(await bench.history.rpc(input)).readings,
    echo: async (bytes) => payloadOf(await bench.echo.rpc({ bytes })).bytes,
    async subscribe(next, failed) {
      const [events] = await bench.readings.subscribe({})
      await events.next()
      const read = async () => {
        for await (const event of events) next(payloadOf(event))
        throw new Error('the subscription ended')
      }
      read().catch(failed)
    },
  }
}

type Result<Payload> =
  | { readonly ok: true; readonly payload: Payload }
  | { readonly ok: false; readonly payload: unknown }

function payloadOf<Payload>(result: Result<Payload>): Payload {
  if (result.ok) return result.payload
  throw new Error(JSON.stringify(result.payload))
}

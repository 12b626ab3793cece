import { fileURLToPath } from 'node:url'
import {
  type Client,
  credentials,
  type GrpcObject,
  loadPackageDefinition,
  Metadata,
  Server,
  ServerCredentials,
  type ServerUnaryCall,
  type ServerWritableStream,
  type ServiceClientConstructor,
  type sendUnaryData,
} from '@grpc/grpc-js'
import { loadSync } from '@grpc/proto-loader'
import {
  answerTo,
  type BenchEvent,
  type Reading,
  readingsFor,
  type UnaryInput,
  type UnaryOutput,
} from '../harness/shapes.ts'
import type { Subject, SubjectClient, SubjectServer } from '../harness/subject.ts'

// Set up as gRPC's pages for Node.js show it: definitions loaded at run time, no TLS. Protocol Buffers say what a field is.

export const subject: Subject = {
  about: '@grpc/grpc-js with definitions loaded at run time, Protocol Buffers',
  packages: ['@grpc/grpc-js', '@grpc/proto-loader'],
  serve,
  connect,
}

// From where this is built to: bench/dist/subjects.
const definition = loadSync(fileURLToPath(new URL('../../protobuf/bench.proto', import.meta.url)), { defaults: true })
const { Bench } = (loadPackageDefinition(definition).wirepact as GrpcObject).bench as {
  readonly Bench: ServiceClientConstructor
}

type Answer<Output> = sendUnaryData<Output>

const subscribers = new Set<ServerWritableStream<object, BenchEvent>>()

const methods = {
  answer: ({ request }: ServerUnaryCall<UnaryInput, UnaryOutput>, answer: Answer<UnaryOutput>) =>
    answer(null, answerTo(request)),
  history: ({ request }: ServerUnaryCall<UnaryInput, object>, answer: Answer<{ readings: Reading[] }>) =>
    answer(null, { readings: readingsFor(request) }),
  echo: ({ request }: ServerUnaryCall<{ content: Uint8Array }, object>, answer: Answer<{ content: Uint8Array }>) =>
    answer(null, { content: request.content }),
  readings(call: ServerWritableStream<object, BenchEvent>) {
    subscribers.add(call)
    call.on('cancelled', () => subscribers.delete(call))
    call.sendMetadata(new Metadata())
    call.write({ id: -1, kind: 'begun', value: 0 })
  },
}

async function serve(): Promise<SubjectServer> {
  const server = new Server()
  server.addService(Bench.service, methods)
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    ),
  )
  return {
    port,
    publish(event) {
      for (const call of subscribers) call.write(event)
    },
    // A stream counts the messages that wait, not their bytes: about sixty each.
    queuedBytes: () => 60 * Math.max(0, ...[...subscribers].map(({ writableLength }) => writableLength)),
  }
}

type Unary = (input: object, done: (error: Error | null, output: never) => void) => void

async function connect(port: number): Promise<SubjectClient> {
  // Clients of one process share a connection unless they are told not to.
  const client = new Bench(`127.0.0.1:${port}`, credentials.createInsecure(), { 'grpc.use_local_subchannel_pool': 1 })
  await new Promise<void>((resolve, reject) =>
    client.waitForReady(Date.now() + 10_000, (error) => (error === undefined ? resolve() : reject(error))),
  )
  const call = <Output>(name: 'answer' | 'history' | 'echo', input: object) =>
    new Promise<Output>((resolve, reject) => {
      const method = (client as unknown as Record<string, Unary>)[name]!.bind(client)
      method(input, (error, output) => (error === null ? resolve(output) : reject(error)))
    })
  return {
    call: (input) => call('answer', input),
    history: async (input) => (await call<{ readings: Reading[] }>('history', input)).readings,
    echo: async (content) => (await call<{ content: Uint8Array }>('echo', { content })).content,
    subscribe: (next, failed) => subscribe(client, next, failed),
  }
}

function subscribe(client: Client, next: (event: BenchEvent) => void, failed: (error: unknown) => void): Promise<void> {
  const { readings } = client as unknown as { readings(input: object): NodeJS.EventEmitter }
  return new Promise((resolve, reject) => {
    const stream = readings.call(client, {})
    stream.once('data', () => {
      stream.on('data', next)
      resolve()
    })
    stream.on('error', (error) => {
      failed(error)
      reject(error)
    })
  })
}

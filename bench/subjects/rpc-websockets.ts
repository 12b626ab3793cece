import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { Client, Server } from 'rpc-websockets'
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

// Set up as its page shows it. It has no schemas (they are parsed in the methods), and its JSON has no bytes. The addons
// that `ws` can use are left out here as they are for all others.

export const subject: Subject = {
  about: 'rpc-websockets 10, JSON-RPC 2.0 on ws, zod in its methods',
  packages: ['rpc-websockets', 'zod'],
  serve,
  connect,
}

async function serve(): Promise<SubjectServer> {
  const server = new Server({ port: 0, host: '127.0.0.1' })
  server.register('answer', (input) => UnaryOutput.parse(answerTo(UnaryInput.parse(input))))
  server.register('history', (input) => Readings.parse(readingsFor(UnaryInput.parse(input))))
  server.event('reading')
  await once(server.wss, 'listening')
  return {
    port: (server.wss.address() as AddressInfo).port,
    publish: (event) => void server.emit('reading', BenchEvent.parse(event)),
    queuedBytes: () => Math.max(0, ...[...server.wss.clients].map(({ bufferedAmount }) => bufferedAmount)),
  }
}

async function connect(port: number): Promise<SubjectClient> {
  const client = new Client(`ws://127.0.0.1:${port}`)
  await new Promise<void>((resolve, reject) => {
    client.once('open', resolve)
    client.once('error', reject)
  })
  return {
    call: (input) => client.call('answer', input) as Promise<UnaryOutput>,
    history: (input) => client.call('history', input) as Promise<Reading[]>,
    async subscribe(next) {
      client.on('reading', next)
      await client.subscribe('reading')
    },
  }
}

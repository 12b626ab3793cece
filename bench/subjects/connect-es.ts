import EventEmitter, { on, once } from 'node:events'
import { createServer } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { type ConnectRouter, createClient } from '@connectrpc/connect'
import { connectNodeAdapter, createConnectTransport } from '@connectrpc/connect-node'
import { answerTo, type BenchEvent, readingsFor } from '../harness/shapes.ts'
import type { Subject, SubjectClient, SubjectServer } from '../harness/subject.ts'
import { Bench } from '../protobuf/bench_pb.ts'

// Set up as Connect's pages for Node.js show it: its own protocol, binary, over HTTP/2 without TLS. Protocol Buffers say
// what a field is; the validation that its page recommends is about rules beyond that, of which there are none here.

export const subject: Subject = {
  about: 'connect-es 2 over HTTP/2: the Connect protocol with binary Protocol Buffers',
  packages: ['@connectrpc/connect', '@connectrpc/connect-node', '@bufbuild/protobuf'],
  serve,
  connect,
}

/** What a subscription says first, when it stands. */
const BEGUN: BenchEvent = { id: -1, kind: 'begun', value: 0 }

const events = new EventEmitter().setMaxListeners(0)

function routes(router: ConnectRouter): void {
  router.service(Bench, {
    answer: (input) => answerTo(input),
    history: (input) => ({ readings: readingsFor(input) }),
    echo: ({ content }) => ({ content }),
    async *readings(_input, { signal }) {
      const published = on(events, 'reading', { signal })
      yield BEGUN
      for await (const [event] of published) yield event as BenchEvent
    },
  })
}

async function serve(): Promise<SubjectServer> {
  const server = createServer(connectNodeAdapter({ routes }))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    publish: (event) => void events.emit('reading', event),
  }
}

async function connect(port: number): Promise<SubjectClient> {
  const transport = createConnectTransport({ baseUrl: `http://127.0.0.1:${port}`, httpVersion: '2' })
  const client = createClient(Bench, transport)
  // There is nothing to wait for; a call shows that the connection stands.
  await client.answer({ a: 0, b: '' })
  return {
    call: (input) => client.answer(input),
    history: async (input) => (await client.history(input)).readings,
    echo: async (content) => (await client.echo({ content })).content,
    async subscribe(next, failed) {
      const readings = client.readings({})[Symbol.asyncIterator]()
      await readings.next()
      const read = async () => {
        for (;;) {
          const { done, value } = await readings.next()
          if (done === true) throw new Error('the subscription ended')
          next(value)
        }
      }
      read().catch(failed)
    },
  }
}

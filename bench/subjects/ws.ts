import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { WebSocket, WebSocketServer } from 'ws'
import { type BenchEvent, eventAt, type UnaryInput, type UnaryOutput } from '../harness/shapes.ts'
import type { Subject, SubjectClient, SubjectServer } from '../harness/subject.ts'

// What the transport alone can do: the server sends back the bytes it got, and pushes texts that nobody parses. Answers
// come in the order of the calls, so that there is nothing to match, and are compared as they are.

export const subject: Subject = {
  about: 'ws alone: raw echo for calls, raw push for events; nothing is parsed or validated',
  packages: ['ws'],
  serve,
  connect,
}

async function serve(): Promise<SubjectServer> {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' })
  server.on('connection', (socket) => {
    socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary }))
  })
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    publish(event) {
      const text = textOfEvent(event)
      for (const socket of server.clients) socket.send(text)
    },
    queuedBytes: () => Math.max(0, ...[...server.clients].map(({ bufferedAmount }) => bufferedAmount)),
  }
}

async function connect(port: number): Promise<SubjectClient> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}`)
  const echoes: ((bytes: Uint8Array) => void)[] = []
  const waiting: { readonly sent: string; readonly answered: (text: string) => void }[] = []
  let first = 0
  let received: ((text: string) => void) | undefined
  socket.on('message', (data, isBinary) => {
    if (isBinary) return echoes.shift()?.(data as Buffer)
    const text = String(data)
    if (received !== undefined) return received(text)
    waiting[first++]?.answered(text)
    if (first === 1024) {
      waiting.splice(0, first)
      first = 0
    }
  })
  await once(socket, 'open')
  return {
    call: (input) =>
      new Promise<UnaryOutput>((resolve, reject) => {
        const sent = textOfInput(input)
        const answered = (text: string) =>
          text === sent ? resolve({ c: input.a + 1, d: input.b }) : reject(new Error(`${text} echoes ${sent}`))
        waiting.push({ sent, answered })
        socket.send(sent)
      }),
    echo: (bytes) =>
      new Promise((resolve) => {
        echoes.push(resolve)
        socket.send(bytes)
      }),
    async subscribe(next, failed) {
      let id = 0
      received = (text) => {
        const expected = eventAt(id++)
        if (text === textOfEvent(expected)) next(expected)
        else failed(new Error(`${text} came in place of ${textOfEvent(expected)}`))
      }
    },
  }
}

// By hand, because making JSON is not what is measured here.

function textOfInput({ a, b }: UnaryInput): string {
  return `{"a":${a},"b":"${b}"}`
}

function textOfEvent({ id, kind, value }: BenchEvent): string {
  return `{"id":${id},"kind":"${kind}","value":${value}}`
}

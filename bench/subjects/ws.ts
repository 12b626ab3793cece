import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { WebSocket, WebSocketServer } from 'ws'
import { sendPaced } from '../harness/paced-sending.ts'
import { type BenchEvent, eventAt, type UnaryInput, type UnaryOutput } from '../harness/shapes.ts'
import { blocksFor, isBlockAt, itemAt, itemsFor, Sequence, type StreamItem } from '../harness/stream-items.ts'
import type { Subject, SubjectClient, SubjectServer } from '../harness/subject.ts'

// What the transport alone can do: the server sends back the bytes it got, and pushes texts that nobody parses. Answers
// come in the order of the calls, so that there is nothing to match, and are compared as they are. A stream is a text
// that asks for it, the messages, and a text with their number; whoever sends them waits while 1 MiB is buffered.

export const subject: Subject = {
  about: 'ws alone: raw echo for calls, raw push for events; nothing is parsed or validated',
  packages: ['ws'],
  serve,
  connect,
}

async function serve(): Promise<SubjectServer> {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' })
  server.on('connection', (socket) => {
    let upload: Sequence<Uint8Array> | undefined
    socket.on('message', async (data, isBinary) => {
      if (isBinary && upload !== undefined) return upload.next(data as Buffer)
      const [order, milliseconds] = isBinary ? [] : String(data).split(' ', 2)
      if (order === 'items') socket.send(`end ${await sendPaced(socket, bytesOf(itemsFor(Number(milliseconds))))}`)
      else if (order === 'download') socket.send(`end ${await sendPaced(socket, blocksFor(Number(milliseconds)))}`)
      else if (order === 'upload') upload = new Sequence<Uint8Array>(isBlockAt)
      else if (order === 'uploaded') {
        socket.send(`end ${upload?.count}`)
        upload = undefined
      } else socket.send(data, { binary: isBinary })
    })
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
  let stream: Stream | undefined
  socket.on('message', (data, isBinary) => {
    if (isBinary && stream !== undefined) return stream.next(data as Buffer)
    if (isBinary) return echoes.shift()?.(data as Buffer)
    const text = String(data)
    if (text.startsWith('end ')) return stream?.ended(Number(text.slice(4)))
    if (received !== undefined) return received(text)
    waiting[first++]?.answered(text)
    if (first === 1024) {
      waiting.splice(0, first)
      first = 0
    }
  })
  await once(socket, 'open')
  const ended = (next: (data: Buffer) => void) =>
    new Promise<number>((resolve, reject) => {
      const look = (data: Buffer) => {
        try {
          next(data)
        } catch (error) {
          reject(error)
        }
      }
      const over = (sent: number) => {
        stream = undefined
        resolve(sent)
      }
      stream = { next: look, ended: over }
    })
  return {
    items(milliseconds, next) {
      let n = 0
      socket.send(`items ${milliseconds}`)
      return ended((data) => next(sameItem(n++, data)))
    },
    download(milliseconds, next) {
      socket.send(`download ${milliseconds}`)
      return ended(next)
    },
    async upload(blocks) {
      const end = ended(() => {})
      socket.send('upload')
      await sendPaced(socket, counted(blocks))
      socket.send('uploaded')
      return await end
    },
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
      let id: number | undefined
      received = (text) => {
        // Whoever subscribes late begins with a later one.
        id ??= Number(/\d+/.exec(text)?.[0])
        const expected = eventAt(id++)
        if (text === textOfEvent(expected)) next(expected)
        else failed(new Error(`${text} came in place of ${textOfEvent(expected)}`))
      }
    },
  }
}

interface Stream {
  next(data: Buffer): void
  ended(sent: number): void
}

function* counted(blocks: Iterable<Uint8Array>): Generator<Uint8Array, number> {
  let n = 0
  for (const block of blocks) {
    n++
    yield block
  }
  return n
}

// By hand, because making JSON is not what is measured here. Items are bytes of the size that wirepact needs for them.

const ITEM_BYTES = 62

function* bytesOf(items: Generator<StreamItem, number>): Generator<Uint8Array, number> {
  for (;;) {
    const { done, value } = items.next()
    if (done === true) return value
    const bytes = Buffer.allocUnsafe(ITEM_BYTES)
    bytes.writeUInt32LE(value.id)
    yield bytes
  }
}

function sameItem(n: number, data: Buffer): StreamItem {
  const item = itemAt(n)
  if (data.length === ITEM_BYTES && data.readUInt32LE() === item.id) return item
  throw new Error(`another item came in place of ${n}`)
}

function textOfInput({ a, b }: UnaryInput): string {
  return `{"a":${a},"b":"${b}"}`
}

function textOfEvent({ id, kind, value }: BenchEvent): string {
  return `{"id":${id},"kind":"${kind}","value":${value}}`
}

import { Buffer } from 'node:buffer'
import { once } from 'node:events'
import { type AddressInfo, connect as connectTcp, createServer } from 'node:net'
import type { UnaryOutput } from '../harness/shapes.ts'
import type { Subject, SubjectClient, SubjectServer } from '../harness/subject.ts'

// What Node.js itself needs for a message there and back: the server writes what it reads. The client has a length in
// front of each, takes answers for those of its calls in their order, and looks at the number in each.

export const subject: Subject = {
  about: 'raw node:net: the server writes the bytes that it reads, one write for each chunk; nothing is framed there',
  packages: [],
  serve,
  connect,
}

async function serve(): Promise<SubjectServer> {
  const server = createServer((socket) => {
    socket.setNoDelay(true)
    socket.on('error', () => socket.destroy())
    socket.on('data', (chunk) => socket.write(chunk))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return { port: (server.address() as AddressInfo).port }
}

/** About what a call of wirepact has: a header of 4 bytes, and 17. */
const MESSAGE_BYTES = 21

async function connect(port: number): Promise<SubjectClient> {
  const socket = connectTcp({ port, host: '127.0.0.1' })
  await once(socket, 'connect')
  socket.setNoDelay(true)
  const waiting: ((number: number) => void)[] = []
  let first = 0
  let rest: Buffer = Buffer.alloc(0)
  socket.on('data', (chunk: Buffer) => {
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
    let at = 0
    for (; at + MESSAGE_BYTES <= bytes.length; at += MESSAGE_BYTES) waiting[first++]?.(bytes.readDoubleLE(at + 4))
    rest = bytes.subarray(at)
    if (first < 1024) return
    waiting.splice(0, first)
    first = 0
  })
  return {
    call: ({ a, b }) =>
      new Promise<UnaryOutput>((resolve, reject) => {
        waiting.push((number) =>
          number === a ? resolve({ c: a + 1, d: b }) : reject(new Error(`${number} echoes ${a}`)),
        )
        const message = Buffer.allocUnsafe(MESSAGE_BYTES)
        message.writeUInt32LE(MESSAGE_BYTES)
        message.writeDoubleLE(a, 4)
        socket.write(message)
      }),
  }
}

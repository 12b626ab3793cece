import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { rmSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { MessageChannel, Worker } from 'node:worker_threads'
import { echo } from './drive.ts'
import { portWire } from './port-wire.ts'
import { streamWire } from './stream-wire.ts'
import { talk } from './talk.ts'

const WORDS = ['hello', 'grüße', 'x'.repeat(200_000)]

async function overUnixSocket(): Promise<void> {
  const path = join(tmpdir(), `websocket-core-${randomUUID()}.sock`)
  const server = createServer((socket) => void echo(streamWire(socket))).listen(path)
  await once(server, 'listening')
  const { answers, end } = await talk(streamWire(connect(path)), WORDS)
  console.log(`over a Unix socket: ${answers.length} answers, ${end}`)
  server.close()
  rmSync(path, { force: true })
}

async function overWorkerPort(): Promise<void> {
  const { port1, port2 } = new MessageChannel()
  const worker = new Worker(new URL('./echo-worker.js', import.meta.url), {
    workerData: { port: port2 },
    transferList: [port2],
  })
  const { answers, end } = await talk(portWire(port1), WORDS)
  console.log(`over a worker's port: ${answers.length} answers, ${end}`)
  await worker.terminate()
}

await overUnixSocket()
await overWorkerPort()

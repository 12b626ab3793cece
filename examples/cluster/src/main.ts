import cluster from 'node:cluster'
import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { Primary } from './primary.ts'
import { type Place, startWorker } from './worker.ts'

const { HOST = '127.0.0.1', PORT = '3000', REUSE_PORT, WORKERS } = process.env
const place: Place = { host: HOST, port: Number(PORT), reusePort: REUSE_PORT === '1' }

async function primary(): Promise<void> {
  const count = Number(WORKERS ?? availableParallelism())
  const processes = new Primary(fileURLToPath(import.meta.url))
  await processes.start(count)
  console.log(`${count} processes serve ws://${place.host}:${place.port}. To renew them: kill -HUP ${process.pid}`)
  process.on('SIGHUP', () => void processes.renew().then(() => console.log('All processes are new.')))
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => void processes.close().then(() => process.exit(0)))
  }
}

async function worker(): Promise<void> {
  const { leave } = await startWorker(place)
  process.on('message', (message) => {
    if (message === 'leave') void leave().then(() => process.exit(0))
  })
  // Ctrl-C reaches all processes of a terminal; the primary says when to go.
  process.on('SIGINT', () => {})
  process.on('disconnect', () => process.exit(0))
  process.send?.('ready')
}

await (cluster.isPrimary ? primary() : worker()).catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error)
  process.exit(1)
})

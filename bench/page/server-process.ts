// The server of `page.mjs`, in a process of its own: one port whose clients get batches, one whose clients do not.
import { createServer } from '@wirepact/server'
import { listen } from '@wirepact/server/node'
import { pageBench } from './contract.ts'

const ports = await Promise.all([serve(true), serve(false)])
process.send?.(ports)
process.on('disconnect', () => process.exit())

async function serve(batches: boolean): Promise<number> {
  const channels: { readonly bufferedBytes: number }[] = []
  const server = createServer(pageBench, {
    limits: 'trusted',
    handlers: {
      answer: ({ input }) => ({ c: input.a + 1, d: input.b }),
      async publish({ input: count }) {
        for (let id = 0; id < count; id++) {
          void server.events.reading.publish({ id, kind: 'temperature', value: id / 8 })
          // As W4 does: a publisher that leaves the loop to others, and does not only fill a queue.
          if (id % 256 === 255) await nextTurn()
          while (channels.some(({ bufferedBytes }) => bufferedBytes > 1024 * 1024)) await nextTurn()
        }
      },
    },
  })
  const accept = server.accept.bind(server)
  server.accept = (source, request) => {
    channels.push(source.channel)
    // A server that does not know batches.
    if (!batches) Object.assign(source.channel, { batch: undefined })
    accept(source, request)
  }
  const { port } = await listen(server, { port: 0, host: '127.0.0.1', origins: 'any' })
  return port
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

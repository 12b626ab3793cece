// The server under siege, in a process of its own: what it needs, and whether it lives, is what the promise is about.
import { setTimeout as delay } from 'node:timers/promises'
import { createServer } from '@wirepact/server'
import { listen } from '@wirepact/server/node'
import { sieged } from './sieged.ts'

const server = createServer(sieged, {
  report: () => {},
  handlers: {
    add: ({ input }) => input.by,
    // Nobody reads it, and it does not end: what it is sent has to be within its credit.
    async *exchange({ signal }) {
      yield 1
      await new Promise((resolve) => signal.addEventListener('abort', resolve))
    },
  },
})
const { url } = await listen(server, { port: 0, host: '127.0.0.1' })
process.send?.({ url })
process.on('message', async () => {
  // Twice: what the first collection leaves to finalizers is gone after the second.
  for (let times = 0; times < 2; times++) {
    globalThis.gc?.()
    await delay(100)
  }
  const { heapUsed, external } = process.memoryUsage()
  process.send?.({ heapMiB: (heapUsed + external) / 1024 / 1024, connections: server.connections.size })
})

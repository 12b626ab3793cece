import { connect } from '@wirepact/client/node'
import { contract, event } from '@wirepact/contract'
import { RedisLog } from '@wirepact/eventlog-redis'
import { createServer } from '@wirepact/server'
import { listen } from '@wirepact/server/node'
import { BenchEvent } from '../harness/shapes.ts'
import type { ClusterNode, ClusterSubject } from './subject.ts'

// A gap ends the subscription, and with it the round: no event may be lost.
const bench = contract({ events: { reading: event({ payload: BenchEvent, onGap: 'error' }) } })

export const subject: ClusterSubject = {
  about: 'wirepact with its log in Redis, limits of the preset "trusted", zod on the payload',
  packages: ['@wirepact/server', '@wirepact/client', '@wirepact/eventlog-redis', 'zod'],
  serve,
  async subscribe(port, next) {
    const client = connect(bench, `ws://127.0.0.1:${port}`)
    const ended = (error: unknown) => {
      throw error
    }
    await client.events.reading.subscribe({ next, ended }).ready
  },
}

async function serve(url: string): Promise<ClusterNode> {
  const log = new RedisLog({ url })
  const server = createServer(bench, { limits: 'trusted', log, handlers: {} })
  const { port } = await listen(server, { port: 0, host: '127.0.0.1' })
  // An event that cannot be published is never heard, so the round fails and says so.
  return { port, publish: (payload) => void server.events.reading.publish(payload) }
}

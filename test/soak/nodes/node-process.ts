// One node, in a process of its own: to be killed.
import { openSync, writeSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { WirepactError } from '@wirepact/protocol'
import { createServer } from '@wirepact/server'
import { listen } from '@wirepact/server/node'
import { openEngineLog } from './engine-log.ts'
import { effects, type NodeReport, type NodeSettings, served } from './served.ts'

const { port, engine, runs } = JSON.parse(process.argv[2] ?? '') as NodeSettings
const file = openSync(runs, 'a')
const log = await openEngineLog(engine)

/** One line, at once: what the kernel has is not lost when we are killed. */
function ran(what: string, n: number): void {
  writeSync(file, `${what} ${n}\n`)
}

const server = createServer(served, {
  ...{ log, limits: 'trusted', report: () => {} },
  authenticate: ({ credentials }) => String(credentials),
  principal: ({ context }) => context,
  handlers: {
    async work({ input: { n, ms } }) {
      ran('work', n)
      await delay(ms)
      return n
    },
    async once({ input: { n, ms } }) {
      ran('once', n)
      await delay(ms)
      return n
    },
    async commit({ input: { n, ms } }) {
      await log.append(effects, Buffer.from(String(n)), { dedupeKey: String(n) })
      await delay(ms)
      return n
    },
    async say({ input: { n } }) {
      await server.events.said.publish(n).catch((error: Error) => {
        throw new WirepactError('unavailable', error.message)
      })
      return n
    },
  },
})
const listening = await listen(server, { port, host: '127.0.0.1' })
process.once('SIGTERM', async () => {
  // A balancer that is refused goes to the next node, so nobody new comes while those who are here leave.
  await server.drain({ deadlineMs: 20_000, spreadMs: 500 })
  await server.close()
  await listening.close()
  await log.close()
  process.exit(0)
})
process.on('disconnect', () => process.exit(1))
process.on('message', () => {
  const { rss } = process.memoryUsage()
  tell({ rssMiB: rss / 1024 / 1024, connections: server.connections.size })
})
tell('ready')

function tell(report: NodeReport): void {
  process.send?.(report)
}

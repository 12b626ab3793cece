// The server of the firehose test, in a process of its own: what it needs is what the promise is about.
import { setTimeout as delay } from 'node:timers/promises'
import { MemoryLog } from '@wirepact/eventlog'
import { createServer } from '@wirepact/server'
import { listen } from '@wirepact/server/node'
import { type HoseOrder, type HoseReport, hose, sharedNow } from './hose.ts'

const log = new MemoryLog({
  ...{ now: () => performance.now(), epoch: String(process.pid) },
  bytesPerTopic: Number(process.argv[2]),
})
const server = createServer(hose, { log, handlers: {} })
const { port } = await listen(server, { port: 0, host: '127.0.0.1' })
let published = 0
let timer: NodeJS.Timeout | undefined

function tell(report: HoseReport): void {
  process.send?.(report)
}

/** 10 MiB, no faster than the system takes them from us. */
async function ballast(): Promise<void> {
  for (let sent = 0; sent < 80; sent++) {
    void server.events.ballast.publish(new Uint8Array(128 * 1024))
    await delay(15)
  }
}

process.on('message', (order: HoseOrder) => {
  if (order === 'ballast') return void ballast()
  clearInterval(timer)
  if (order === 'end') process.exit(0)
  if (order === 'stop') return
  const { everyMs, bytes } = order.publish
  const begun = sharedNow()
  let due = 0
  // Made up for when the timer was late: the rate does not depend on how busy the machine is.
  timer = setInterval(() => {
    for (; due < (sharedNow() - begun) / everyMs; due++) {
      void server.events.filler.publish({ n: ++published, at: sharedNow(), bytes: new Uint8Array(bytes) })
    }
  }, everyMs / 4)
})
process.on('disconnect', () => process.exit(0))

setInterval(() => {
  const { rss, arrayBuffers } = process.memoryUsage()
  tell({
    ...{ rssMiB: rss / 1024 / 1024, bufferMiB: arrayBuffers / 1024 / 1024 },
    ...{ published, connections: server.connections.size },
  })
}, 200)
tell({ port })

// A server of idle connections, in a process of its own.
import { setTimeout as delay } from 'node:timers/promises'
import { createServer } from '@wirepact/server'
import { listen } from '@wirepact/server/node'
import { lineToBench } from '../harness/control-line.ts'
import { cpuMicroseconds } from '../harness/cpu.ts'
import { idle } from './idle-contract.ts'

lineToBench({
  async serve(argument) {
    const heartbeat = { periodMs: Number(argument), patienceMs: 30_000 }
    const { port } = await listen(createServer(idle, { limits: 'trusted', handlers: {}, heartbeat }), {
      ...{ port: 0, host: '127.0.0.1' },
    })
    return port
  },
  cpu: () => cpuMicroseconds(),
  async rss() {
    // Twice: what the first collection leaves to finalizers is gone after the second.
    for (let times = 0; times < 2; times++) {
      globalThis.gc?.()
      await delay(100)
    }
    return process.memoryUsage().rss
  },
})

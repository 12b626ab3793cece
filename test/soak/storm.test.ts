import { setTimeout as delay } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { connect } from '@wirepact/client/node'
import { contract, procedure } from '@wirepact/contract'
import { createServer } from '@wirepact/server'
import { listen } from '@wirepact/server/node'
import { expect, it, onTestFinished } from 'vitest'
import { z } from 'zod'
import { atMost, show } from './shown.ts'
import { long, seed } from './size.ts'

const shared = contract({
  server: { wait: procedure({ output: z.string() }), ping: procedure({ output: z.string() }) },
})

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

async function heapMiB(): Promise<number> {
  await delay(50)
  collect()
  collect()
  return process.memoryUsage().heapUsed / 1024 / 1024
}

async function world() {
  const running = { now: 0, most: 0 }
  const server = createServer(shared, {
    report: () => {},
    handlers: {
      async wait({ signal }) {
        running.now++
        running.most = Math.max(running.most, running.now)
        await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()))
        running.now--
        return 'given up'
      },
      ping: () => 'pong',
    },
  })
  const { url } = await listen(server, { port: 0, host: '127.0.0.1' })
  const client = connect(shared, url, { maxQueued: 200_000 })
  onTestFinished(async () => {
    await client.close()
    await server.close()
  })
  await client.connected()
  return { client, running }
}

/** Makes so many calls, and cancels each a moment later: at once, or after 1 to 5 ms. */
async function storm(client: Awaited<ReturnType<typeof world>>['client'], count: number): Promise<Map<string, number>> {
  const codes = new Map<string, number>()
  const settled: Promise<void>[] = []
  for (let made = 0; made < count; made++) {
    const stop = new AbortController()
    const call = client.api.wait(undefined, { signal: stop.signal, timeoutMs: 0 })
    settled.push(
      call.then(
        () => {},
        ({ code }) => void codes.set(code, (codes.get(code) ?? 0) + 1),
      ),
    )
    const delayMs = made % 6
    if (delayMs === 0) stop.abort()
    else setTimeout(() => stop.abort(), delayMs)
  }
  await Promise.all(settled)
  return codes
}

const count = long ? 100_000 : 10_000

it(`${count} calls cancelled at once or within 5 ms: handlers within the limit, memory back`, async () => {
  const { client, running } = await world()
  await storm(client, count / 5)
  const before = await heapMiB()
  const codes = await storm(client, count)
  expect(await client.api.ping()).toBe('pong')
  expect([...codes.values()].reduce((sum, each) => sum + each, 0)).toBe(count)
  expect(running.now).toBe(0)
  show('storm', seed, [
    atMost(`${count} calls cancelled: handlers at once`, running.most, 256, 'of 256'),
    atMost(`${count} calls cancelled: heap afterwards`, (await heapMiB()) - before, 8, 'MiB more'),
  ])
}, 120_000)

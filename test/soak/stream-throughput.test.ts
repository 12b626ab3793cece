import { type EventEmitter, once } from 'node:events'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import { connect } from '@wirepact/client/node'
import { contract, procedure } from '@wirepact/contract'
import { createServer } from '@wirepact/server'
import { listen } from '@wirepact/server/node'
import { expect, it, onTestFinished } from 'vitest'
import { z } from 'zod'
import { type Shown, show } from './shown.ts'
import { long, seed } from './size.ts'

const shared = contract({
  server: {
    down: procedure({ input: z.number(), yields: z.instanceof(Uint8Array) }),
    small: procedure({ input: z.number(), yields: z.object({ id: z.number(), kind: z.string(), value: z.number() }) }),
    up: procedure({ accepts: z.instanceof(Uint8Array), output: z.number() }),
  },
})

/** What is used here of `ws`, which the bench has. */
interface Socket extends EventEmitter {
  readonly bufferedAmount: number
  send(data: Uint8Array, sent?: () => void): void
  terminate(): void
}
const { WebSocket, WebSocketServer } = createRequire(new URL('../../bench/package.json', import.meta.url))('ws') as {
  WebSocket: new (url: string, options: object) => Socket
  WebSocketServer: new (options: object) => EventEmitter & { address(): unknown; close(): void }
}

const chunk = new Uint8Array(64 * 1024)

function* chunks(count: number) {
  for (let n = 0; n < count; n++) yield chunk
}

async function world() {
  const server = createServer(shared, {
    limits: 'trusted',
    report: () => {},
    handlers: {
      down: ({ input }) => chunks(input),
      *small({ input }) {
        for (let id = 0; id < input; id++) yield { id, kind: 'reading of a sensor', value: id / 3 }
      },
      async up({ items }) {
        let bytes = 0
        for await (const item of items) bytes += item.length
        return bytes
      },
    },
  })
  const { url } = await listen(server, { port: 0, host: '127.0.0.1' })
  const client = connect(shared, url, { reconnect: { firstMs: 50, baseMs: 20, capMs: 50 } })
  onTestFinished(async () => {
    await client.close()
    await server.close()
  })
  await client.connected()
  return { server, api: client.api }
}

/** One way over `ws`, in MiB/s. The writer waits as the documentation of `ws` says: for the callback of `send`. */
async function raw(count: number, sender: 'server' | 'client'): Promise<number> {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false })
  await once(server, 'listening')
  const client = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`, { perMessageDeflate: false })
  const [[accepted]] = await Promise.all([once(server, 'connection') as Promise<[Socket]>, once(client, 'open')])
  const [from, to] = sender === 'server' ? [accepted, client] : [client, accepted]
  let left = count
  const arrived = new Promise<void>((resolve) => {
    to.on('message', () => {
      if (--left === 0) resolve()
    })
  })
  const begun = performance.now()
  for (let n = 0; n < count; n++) {
    if (from.bufferedAmount < 1024 * 1024) from.send(chunk)
    else await new Promise<void>((resolve) => from.send(chunk, () => resolve()))
  }
  await arrived
  const seconds = (performance.now() - begun) / 1000
  client.terminate()
  server.close()
  return count / 16 / seconds
}

async function timed(count: number, run: () => Promise<number>): Promise<number> {
  const begun = performance.now()
  expect(await run()).toBe(count)
  return count / ((performance.now() - begun) / 1000)
}

it('streams carry bulk about as fast as a bare WebSocket does, and small items', async () => {
  const count = long ? 48_000 : 320
  const { api, server } = await world()
  const read = async (items: AsyncIterable<unknown>) => {
    let seen = 0
    for await (const _ of items) seen++
    return seen
  }
  const down = () => timed(count, () => read(api.down(count)))
  const up = () => timed(count, async () => (await api.up(undefined, { items: chunks(count) })) / chunk.length)
  await down()
  const small = long ? 1_000_000 : 10_000
  const ws = { down: 0, up: 0 }
  const figures = { down: 0, up: 0, cut: 0, small: 0 }
  // The best of each: on a machine that does other things, too, one run says what those took.
  for (let round = 0; round < (long ? 3 : 1); round++) {
    ws.down = Math.max(ws.down, await raw(count, 'server'))
    ws.up = Math.max(ws.up, await raw(count / 4, 'client'))
    figures.down = Math.max(figures.down, (await down()) / 16)
    figures.up = Math.max(figures.up, (await up()) / 16)
    const cutting = setInterval(() => {
      for (const connection of server.connections) connection.terminate()
    }, 2_000)
    figures.cut = Math.max(figures.cut, (await down()) / 16)
    clearInterval(cutting)
    figures.small = Math.max(figures.small, await timed(small, () => read(api.small(small))))
  }
  // Both ends share this process, so these are floors; the aims are 0.8 of ws, 0.5 with cuts, and a million items.
  // A clock decides, so only the long form does: a machine that is busy would fail the short one for nothing.
  const least = (promise: string, value: number, bound: number, unit: string): Shown => ({
    promise,
    figure: `${value.toFixed(value < 100 ? 2 : 0)} ${unit}`,
    bound: long ? `≥ ${bound} ${unit}` : 'not judged',
    kept: !long || value >= bound,
  })
  show('stream-throughput', seed, [
    least('ws, 64 KiB from the server', ws.down, 0, 'MiB/s'),
    least('ws, 64 KiB to the server', ws.up, 0, 'MiB/s'),
    least('download of 64 KiB items', figures.down / ws.down, 0.4, 'of ws'),
    least('upload of 64 KiB items', figures.up / ws.up, 0.8, 'of ws'),
    least('download with a cut every 2 s', figures.cut / ws.down, 0.3, 'of ws'),
    least('small items to the client', figures.small, 500_000, 'items/s'),
  ])
}, 300_000)

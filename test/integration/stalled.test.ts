import { setTimeout as delay } from 'node:timers/promises'
import { createClient } from '@wirepact/client'
import { contract, event } from '@wirepact/contract'
import { webSocketSource } from '@wirepact/peer/node'
import { createServer } from '@wirepact/server'
import { listen } from '@wirepact/server/node'
import { connect as connectRaw, type NodeWebSocket } from '@wirepact/websocket/node'
import { describe, expect, it, onTestFinished } from 'vitest'
import { z } from 'zod'

const Filler = z.object({ n: z.number(), bytes: z.instanceof(Uint8Array) })
const shared = contract({ events: { filler: event({ payload: Filler, onGap: 'skip' }) } })

const payloadBytes = 16 * 1024
const count = 2_000

/** A client over a real socket that a test can stop from being read. */
async function join(url: string, whenSlow: 'catchup' | 'latest' | 'drop' | 'close' | undefined) {
  const sockets: NodeWebSocket[] = []
  const client = createClient(
    shared,
    async () => {
      const socket = await connectRaw(url, { protocols: ['wirepact.1'] })
      sockets.push(socket)
      return webSocketSource(socket, { encoding: 'binary', hardCapBytes: 64 * 1024 * 1024 })
    },
    { report: () => {} },
  )
  onTestFinished(() => client.close())
  const heard = { values: [] as number[], dropped: 0, gaps: [] as { reason: string; from: number; to: number }[] }
  const ended: string[] = []
  const subscription = client.events.filler.subscribe(
    {
      next: ({ n }) => heard.values.push(n),
      dropped: (missed) => {
        heard.dropped += missed
      },
      gap: (gap) => heard.gaps.push(gap),
      ended: (error) => ended.push(error?.code ?? 'closed'),
    },
    { whenSlow },
  )
  await subscription.ready
  return { heard, ended, socket: sockets[0] as NodeWebSocket, sockets }
}

/** What the process holds, in MiB: buffers, which are where messages wait, and objects. */
function heldMiB(): number {
  const { arrayBuffers, heapUsed } = process.memoryUsage()
  return (arrayBuffers + heapUsed) / 1024 / 1024
}

async function until(fact: () => boolean): Promise<void> {
  while (!fact()) await delay(10)
}

describe('clients that stop reading', () => {
  it('cost the server no memory, and the others nothing', async () => {
    // Nobody is given up: that is another fact.
    const limits = { noProgressMs: 600_000 }
    const server = createServer(shared, { handlers: {}, report: () => {}, limits })
    const { url } = await listen(server, { port: 0, host: '127.0.0.1' })
    onTestFinished(() => server.close())
    const healthy = await Promise.all([join(url, undefined), join(url, undefined)])
    const policies = ['catchup', 'latest', 'drop', 'close'] as const
    const stalled = await Promise.all([...policies, ...policies, ...policies].map((policy) => join(url, policy)))
    for (const { socket } of stalled) socket.pause()

    const before = heldMiB()
    let most = 0
    for (let n = 1; n <= count; n++) {
      await server.events.filler.publish({ n, bytes: new Uint8Array(payloadBytes) })
      // As fast as those who read can follow.
      if (n % 20 === 0) await until(() => healthy.every(({ heard }) => heard.values.length > n - 40))
      if (n % 100 === 0) most = Math.max(most, heldMiB() - before)
    }
    await until(() => healthy.every(({ heard }) => heard.values.length === count))
    for (const { heard } of healthy) expect(heard.gaps).toEqual([])
    // 12 clients × 31 MiB were not read. The log keeps 4 MiB, each connection its high water and one chunk of the log.
    expect(most).toBeLessThan(150)
    expect(server.connections.size).toBe(14)

    for (const { socket } of stalled) socket.resume()
    const done = ({ heard, ended }: (typeof stalled)[number]) =>
      heard.values.at(-1) === count || heard.values.length + heard.dropped === count || ended.length > 0
    await until(() => stalled.every(done))
    for (const [index, { heard, ended, sockets }] of stalled.entries()) {
      const policy = policies[index % 4]
      expect(sockets).toHaveLength(1)
      expect(heard.values).toEqual([...new Set(heard.values)].sort((a, b) => a - b))
      if (policy === 'close') {
        await until(() => ended.length > 0)
        expect(ended).toEqual(['resource-exhausted'])
        continue
      }
      expect(ended).toEqual([])
      const missed = heard.gaps.reduce((total, { from, to }) => total + to - from, 0)
      if (policy === 'drop') expect([heard.values.length + heard.dropped, missed]).toEqual([count, 0])
      if (policy === 'latest') expect([heard.values.length < count, missed]).toEqual([true, 0])
      if (policy === 'catchup') {
        expect(heard.gaps.map(({ reason }) => reason)).toEqual(heard.gaps.length > 0 ? ['slow'] : [])
        expect(heard.values.length + missed).toBe(count)
      }
    }
  })
})

describe('a client that stops reading for longer than the limit', () => {
  it('is closed, keeps its session, and comes back to it without a hole or with one gap', async () => {
    const reports: string[] = []
    const absent: string[] = []
    const server = createServer(shared, {
      handlers: {},
      report: ({ what, where }) => reports.push(`${what}: ${where}`),
      onAbsent: ({ connection }) => absent.push(connection.id),
      limits: { noProgressMs: 1_000 },
    })
    const { url } = await listen(server, { port: 0, host: '127.0.0.1' })
    onTestFinished(() => server.close())
    const { heard, socket, sockets } = await join(url, undefined)
    const [connection] = server.connections
    socket.pause()
    for (let n = 1; n <= 600; n++) await server.events.filler.publish({ n, bytes: new Uint8Array(payloadBytes) })
    expect(connection?.bufferedBytes).toBeGreaterThan(256 * 1024)
    await until(() => server.connections.size === 0)
    expect(reports).toEqual(['protocol-violation: close 4460'])
    expect([absent, connection?.bufferedBytes]).toEqual([[connection?.id], 0])
    socket.resume()
    await until(() => heard.values.at(-1) === 600)
    const missed = heard.gaps.reduce((total, { from, to }) => total + to - from, 0)
    expect([heard.gaps.length <= 1, heard.values.length + missed]).toEqual([true, 600])
    expect([sockets.length, [...server.connections].map(({ id }) => id)]).toEqual([2, absent])
  })
})

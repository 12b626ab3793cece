import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { contract, procedure } from '@wirepact/contract'
import { createServer } from '@wirepact/server'
import { listen } from '@wirepact/server/node'
import { afterEach, expect, it } from 'vitest'
import { z } from 'zod'

const shared = contract({ server: { echo: procedure({ input: z.string(), output: z.string() }) } })

const cleanup: (() => unknown)[] = []
afterEach(async () => {
  for (const undo of cleanup.splice(0)) await undo()
})

/** How many of 1,100 connections that say nothing are still there when all of them, and one more, have been accepted. */
async function keptOf1100(limits: 'public' | 'trusted'): Promise<number> {
  const server = createServer(shared, { limits, handlers: { echo: ({ input }) => input } })
  const { port } = await listen(server, { port: 0, host: '127.0.0.1' })
  cleanup.push(() => server.close())
  const sockets: Socket[] = []
  for (let made = 0; made < 1_100; made++) {
    const socket = connect({ port, host: '127.0.0.1' }).on('error', () => {})
    sockets.push(socket)
    if (made % 100 === 99) await once(socket, 'connect')
  }
  cleanup.push(() => sockets.map((socket) => socket.destroy()))
  // Connections are accepted in their order: when one is answered that came last, all others have been.
  const last = connect({ port, host: '127.0.0.1' })
  last.write('GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n')
  await once(last.resume(), 'close')
  // And whoever was dropped before that has been told.
  const open = sockets.filter((socket) => !socket.resume().destroyed)
  await new Promise((resolve) => setTimeout(resolve, 100))
  return open.filter((socket) => !socket.destroyed).length
}

it('a crowd that comes at once is let in with the preset trusted', { timeout: 30_000 }, async () => {
  expect(await keptOf1100('trusted')).toBe(1_100)
})

it('of strangers that say nothing a thousand may be there', { timeout: 30_000 }, async () => {
  expect(await keptOf1100('public')).toBeLessThanOrEqual(1_000)
})

import { expect, test } from 'vitest'
import { cleanUpAfterEach, rawDial, Started, serve, UPGRADE, until } from '../testing/sockets.ts'
import { frame, hex } from '../testing/wire.ts'
import type { NodeWebSocket } from './socket.ts'

cleanUpAfterEach()

const MEGABYTE = 1024 * 1024

/** A server with much on its way to a client that reads a little now and then, and what the client has got. */
async function slowly(options: object) {
  const sockets: NodeWebSocket[] = []
  const server = await serve({ onSocket: (socket) => sockets.push(socket), ...options })
  const raw = await rawDial(server.port)
  raw.write(UPGRADE)
  await until(() => sockets.length > 0)
  const got = { bytes: 0, last: '', ended: false }
  let sinceRest = 0
  raw.on('data', (chunk: Buffer) => {
    got.bytes += chunk.length
    got.last = chunk.subarray(-4).toString('hex')
    sinceRest += chunk.length
    if (sinceRest < MEGABYTE) return
    sinceRest = 0
    raw.pause()
    setTimeout(() => raw.resume(), 60)
  })
  raw.on('end', () => {
    got.ended = true
  })
  return { raw, got, started: new Started(sockets[0]!) }
}

test('a close behind 24 MiB reaches a peer that needs longer for them than a close may take', async () => {
  const { raw, got, started } = await slowly({ limits: { closeTimeoutMs: 700, lingerMs: 100 } })
  started.socket.sendBinary(new Uint8Array(24 * MEGABYTE))
  started.socket.close(1000)
  await until(() => got.last === '880203e8')
  expect(got.bytes).toBeGreaterThan(24 * MEGABYTE)
  raw.write(frame(8, hex('03e8'), { key: 5 }))
  expect(await started.closed).toEqual([1000, '', true])
})

test('so does the answer to the close of such a peer', async () => {
  const { raw, got, started } = await slowly({ limits: { closeTimeoutMs: 700, lingerMs: 100 } })
  started.socket.sendBinary(new Uint8Array(24 * MEGABYTE))
  raw.write(frame(8, hex('03e8'), { key: 5 }))
  await until(() => got.ended)
  expect(got.last).toBe('880203e8')
  expect(await started.closed).toEqual([1000, '', true])
})

// Takes malformed byte streams on thousands of connections, and prints how much memory is held before and after: first
// connections without I/O, then real ones. Run with --expose-gc.

import { once } from 'node:events'
import { connect as connectTcp } from 'node:net'
import { Connection } from '@wirepact/websocket'
import { listen } from '@wirepact/websocket/node'
import { byteStream } from '../../../packages/websocket/src/testing/byte-streams.ts'
import { Chance } from '../../../packages/websocket/src/testing/chance.ts'

const [pure = 0, real = 0, seed = 1] = process.argv.slice(2).map(Number)
const chance = new Chance(seed)
const UPGRADE =
  'GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n'

function withoutIo(count: number): void {
  for (let n = 0; n < count; n++) {
    const isServer = n % 2 === 0
    const connection = new Connection({
      role: isServer ? 'server' : 'client',
      masks: () => 0x01020304,
      now: () => 0,
      events: { message: () => undefined, closed: () => undefined },
    })
    connection.receive(byteStream(chance, isServer))
    if (n % 3 > 0) connection.transportEnded()
  }
}

/** One bad client after the other: half a handshake, garbage for one, or frames that are damaged. */
async function overSockets(port: number, count: number): Promise<void> {
  for (let n = 0; n < count; n++) {
    const socket = connectTcp(port, '127.0.0.1')
    socket.on('error', () => undefined)
    await once(socket, 'connect')
    const offer = n % 2 === 0 ? 'Sec-WebSocket-Extensions: permessage-deflate\r\n' : ''
    if (n % 10 === 0) socket.write(UPGRADE)
    else if (n % 10 === 1) socket.write(chance.bytes(200))
    else {
      socket.write(`${UPGRADE}${offer}\r\n`)
      socket.write(byteStream(chance, true))
    }
    socket.resume()
    if (n % 4 === 0) socket.resetAndDestroy()
    else socket.end()
    await once(socket, 'close')
  }
}

async function heldBytes(): Promise<number> {
  for (let i = 0; i < 4; i++) {
    await new Promise((resolve) => setTimeout(resolve, 50))
    globalThis.gc!()
  }
  const { heapUsed, external, arrayBuffers } = process.memoryUsage()
  return heapUsed + external + arrayBuffers
}

const server = await listen({
  port: 0,
  host: '127.0.0.1',
  compression: true,
  handshakeTimeoutMs: 1_000,
  onSocket: (socket) => socket.start({ message: () => undefined, closed: () => undefined }),
})
// What is made once, and compiled, comes first.
withoutIo(Math.min(pure, 2_000))
await overSockets(server.port, Math.min(real, 300))
const before = await heldBytes()
withoutIo(pure)
await overSockets(server.port, real)
const after = await heldBytes()
console.log(JSON.stringify({ before, after, open: server.size }))
process.exit()

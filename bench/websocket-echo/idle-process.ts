// One of the two processes of a round: the server whose memory is measured, or the one that holds the other ends.

import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { listen } from '@wirepact/websocket/node'
import { WebSocketServer } from 'ws'
import { lineToBench } from '../harness/control-line.ts'
import { CLIENT_KEY } from './frames.ts'

export type IdleSubject = 'net' | 'wirepact' | 'ws'

/** Connections that are asked for at the same time: how quickly they are made is not what is asked. */
const AT_ONCE = 50
const RESPONSE_END = '\r\n\r\n'

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void
const held: Socket[] = []

lineToBench({
  serve: (name) => servers[name as IdleSubject](),
  async connect(argument) {
    const { port, count, upgrade } = argument as { port: number; count: number; upgrade: boolean }
    for (let left = count; left > 0; left -= AT_ONCE) {
      await Promise.all(Array.from({ length: Math.min(AT_ONCE, left) }, () => open(port, upgrade)))
    }
  },
  async resident() {
    // The engine gives back the pages of young objects only after some quiet collections: with fewer than these, the
    // figure says how much garbage was made while connecting.
    let least = Number.POSITIVE_INFINITY
    for (let i = 0; i < 20; i++) {
      collect()
      await new Promise((resolve) => setTimeout(resolve, 100))
      least = Math.min(least, process.memoryUsage.rss())
    }
    return least
  },
})

const servers: Readonly<Record<IdleSubject, () => Promise<number>>> = {
  async net() {
    const sockets = new Set<Socket>()
    const server = createServer((socket) => {
      sockets.add(socket)
      // A listener for each event, as anything that reads has.
      socket.on('data', () => undefined)
      socket.on('error', () => undefined)
      socket.on('close', () => sockets.delete(socket))
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    return (server.address() as AddressInfo).port
  },
  async wirepact() {
    const events = { message() {}, closed() {} }
    const { port } = await listen({ port: 0, host: '127.0.0.1', onSocket: (socket) => socket.start(events) })
    return port
  },
  async ws() {
    const server = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false })
    server.on('connection', (socket) => {
      socket.on('message', () => undefined)
      socket.on('error', () => undefined)
    })
    await once(server, 'listening')
    return (server.address() as AddressInfo).port
  },
}

async function open(port: number, upgrade: boolean): Promise<void> {
  const socket = connect(port, '127.0.0.1')
  held.push(socket)
  await once(socket, 'connect')
  if (!upgrade) return
  socket.write(
    `GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
      `Sec-WebSocket-Key: ${CLIENT_KEY}\r\nSec-WebSocket-Version: 13\r\n\r\n`,
  )
  let head = ''
  while (!head.includes(RESPONSE_END)) head += String((await once(socket, 'data'))[0])
}

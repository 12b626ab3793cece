import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createAdapter } from '@socket.io/redis-streams-adapter'
import { createClient } from 'redis'
import { Server } from 'socket.io'
import { io } from 'socket.io-client'
import { BenchEvent } from '../harness/shapes.ts'
import type { ClusterNode, ClusterSubject } from './subject.ts'

// Set up as Socket.IO's page on its Redis Streams adapter shows it, over WebSocket only.

export const subject: ClusterSubject = {
  about: 'Socket.IO 4 with its Redis Streams adapter, WebSocket only, zod before it emits',
  packages: ['socket.io', 'socket.io-client', '@socket.io/redis-streams-adapter', 'redis', 'zod'],
  serve,
  async subscribe(port, next) {
    const socket = io(`ws://127.0.0.1:${port}`, { transports: ['websocket'], forceNew: true })
    socket.on('reading', next)
    await new Promise<void>((resolve, reject) => {
      socket.once('connect_error', reject)
      socket.once('connect', () => socket.emit('subscribe', resolve))
    })
  },
}

async function serve(url: string): Promise<ClusterNode> {
  const redis = createClient({ url })
  await redis.connect()
  const http = createServer()
  const server = new Server(http, { transports: ['websocket'], adapter: createAdapter(redis) })
  server.on('connection', (socket) => {
    socket.on('subscribe', (reply) => {
      socket.join('readings')
      reply()
    })
  })
  http.listen(0, '127.0.0.1')
  await once(http, 'listening')
  return {
    port: (http.address() as AddressInfo).port,
    publish: (event) => void server.to('readings').emit('reading', BenchEvent.parse(event)),
  }
}

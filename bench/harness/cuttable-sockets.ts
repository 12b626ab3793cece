import { subscribe } from 'node:diagnostics_channel'
import type { Socket } from 'node:net'

const accepted = new Set<Socket>()
let watching = false

/** From now on remembers what this process accepts, whoever listens: Node.js tells of it. */
export function watchSockets(): void {
  if (watching) return
  watching = true
  subscribe('net.server.socket', (message) => {
    const { socket } = message as { readonly socket: Socket }
    accepted.add(socket)
    socket.once('close', () => accepted.delete(socket))
  })
}

/** Resets all connections accepted since, as a network does that is gone. Answers with how many. */
export function cutSockets(): number {
  const sockets = [...accepted]
  for (const socket of sockets) socket.resetAndDestroy()
  return sockets.length
}

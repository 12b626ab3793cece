import { once } from 'node:events'
import type { Socket } from 'node:net'

/** Writes to a socket, and waits when it is full. Resolves at once when the socket has been closed: nobody reads it. */
export async function writeTo(socket: Socket, bytes: Uint8Array): Promise<void> {
  if (socket.destroyed || socket.write(bytes)) return
  const waiting = new AbortController()
  await Promise.race([
    once(socket, 'drain', { signal: waiting.signal }),
    once(socket, 'close', { signal: waiting.signal }),
  ]).finally(() => waiting.abort())
}

/**
 * What a socket receives, until its peer has finished. The socket stays open for writing then, and reading pauses while
 * nobody asks for more.
 */
export function readFrom(socket: Socket): AsyncIterable<Uint8Array> {
  return socket.iterator({ destroyOnReturn: false })
}

import type { Socket } from 'node:net'
import type { Wire } from './drive.ts'

/** A Unix socket, or any other of Node's. */
export function streamWire(socket: Socket): Wire {
  return {
    write: (bytes) => void socket.write(bytes),
    get backlog() {
      return socket.writableLength
    },
    end: () => void socket.end(),
    destroy: () => void socket.destroy(),
    start(arrived, drained, over) {
      // The connection unmasks in place, and a Buffer may lie in memory that others use.
      socket.on('data', (chunk) => arrived(new Uint8Array(chunk)))
      socket.on('drain', drained)
      socket.on('error', () => undefined)
      socket.on('close', over)
    },
  }
}

import type { Socket } from 'node:net'
import { Server as TlsServer } from 'node:tls'
import type { AnyHttpServer } from './upgrade-router.ts'

/**
 * Bounds the connections that are not WebSockets yet: those that have said nothing, that send their head byte by byte,
 * or that are still in the TLS handshake. Node.js ends each of them in time; this bounds how many there can be meanwhile.
 *
 * When there are too many, the one that has been at it longest is dropped, not the newcomer: an honest client is done in
 * a few round trips, so whoever floods drops their own connections.
 */
export class OpeningLimit {
  readonly #most: number
  /** In the order they came. Under TLS the socket that is upgraded is not the one that connected: they share an address. */
  readonly #opening = new Map<unknown, Opening>()
  readonly #byAddress: boolean

  constructor(server: AnyHttpServer, most: number) {
    this.#most = most
    this.#byAddress = server instanceof TlsServer
    server.on('connection', (socket: Socket) => this.#begin(socket))
  }

  /** Connections that are not WebSockets yet. */
  get size(): number {
    return this.#opening.size
  }

  /** This connection has become a WebSocket. */
  opened(socket: Socket): void {
    const key = this.#keyOf(socket)
    const opening = this.#opening.get(key)
    this.#opening.delete(key)
    // A WebSocket may stay for days, and shall not carry what only its opening needed.
    opening?.socket.off('close', opening.onClose)
  }

  #begin(socket: Socket): void {
    const key = this.#keyOf(socket)
    const onClose = () => {
      // The same address may have come again meanwhile.
      if (this.#opening.get(key)?.socket === socket) this.#opening.delete(key)
    }
    this.#opening.set(key, { socket, onClose })
    socket.once('close', onClose)
    if (this.#opening.size <= this.#most) return
    const [oldest] = this.#opening
    if (oldest === undefined) return
    this.#opening.delete(oldest[0])
    oldest[1].socket.destroy()
  }

  #keyOf(socket: Socket): unknown {
    // Asking for the address makes the socket keep it, for which a WebSocket would pay as long as it lives.
    return this.#byAddress ? `${socket.remoteAddress} ${socket.remotePort}` : socket
  }
}

interface Opening {
  readonly socket: Socket
  readonly onClose: () => void
}

import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'

/** Passes TCP on to a port of this machine, and counts the bytes. */
export class CountingProxy {
  /** Bytes from the client to the server. */
  up = 0
  /** Bytes from the server to the client. */
  down = 0
  readonly #server: Server
  readonly #sockets = new Set<Socket>()

  private constructor(target: number) {
    this.#server = createServer({ noDelay: true }, (client) => {
      const server = connect({ port: target, host: '127.0.0.1', noDelay: true })
      client.on('data', (bytes) => {
        this.up += bytes.length
        server.write(bytes)
      })
      server.on('data', (bytes) => {
        this.down += bytes.length
        client.write(bytes)
      })
      for (const [socket, other] of [
        [client, server],
        [server, client],
      ] as const) {
        this.#sockets.add(socket)
        socket.on('error', () => {})
        socket.on('close', () => other.destroy())
      }
    })
  }

  static async before(target: number): Promise<CountingProxy> {
    const proxy = new CountingProxy(target)
    proxy.#server.listen(0, '127.0.0.1')
    await once(proxy.#server, 'listening')
    return proxy
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  close(): void {
    this.#server.close()
    for (const socket of this.#sockets) socket.destroy()
  }
}

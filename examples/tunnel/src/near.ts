import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { connect } from '@wirepact/client/node'
import { type Place, tunnel } from './contract.ts'
import { readFrom, writeTo } from './flow.ts'

export interface NearOptions {
  /** Of the far side: `wss://host/`, or `ws://` where the way is safe. */
  readonly url: string
  readonly token: string
  /** Where to listen. */
  readonly listen: Place | { readonly host: string; readonly port: 0 }
  /** Where every connection goes, as the far side sees it. */
  readonly target: Place
  /** Hears why a connection was not carried, in one line. @default nobody */
  readonly report?: ((line: string) => void) | undefined
}

export interface Near {
  readonly port: number
  /** Connections that are open through it. */
  readonly open: number
  /** Rejects when the far side refuses the token. */
  connected(): Promise<void>
  close(): Promise<void>
}

/** The near side of a tunnel: a local port that leads to the target. One WebSocket carries all connections. */
export async function openNear({ url, token, listen, target, report = () => {} }: NearOptions): Promise<Near> {
  const client = connect(tunnel, url, { credentials: token })
  const sockets = new Set<Socket>()
  const server = createServer({ allowHalfOpen: true, noDelay: true, keepAlive: true }, async (socket) => {
    sockets.add(socket)
    // What breaks is heard by whoever reads or writes.
    socket.on('error', () => {})
    socket.on('close', () => sockets.delete(socket))
    try {
      await carry(socket)
    } catch (error) {
      report(
        `${socket.remoteAddress}:${socket.remotePort} → ${target.host}:${target.port}: ${(error as Error).message}`,
      )
    }
  })

  async function carry(socket: Socket): Promise<void> {
    const stream = client.api.open(target)
    const up = async () => {
      for await (const bytes of readFrom(socket)) await stream.write(bytes)
      // TCP's half-close: what the target still has to say arrives.
      await stream.end()
    }
    const down = async () => {
      for await (const bytes of stream) {
        if (bytes.length === 0) socket.end()
        else await writeTo(socket, bytes)
      }
    }
    try {
      await Promise.all([up(), down()])
    } catch (error) {
      stream.cancel(error)
      socket.resetAndDestroy()
      throw error
    }
  }

  server.listen(listen)
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    get open() {
      return sockets.size
    },
    connected: () => client.connected(),
    async close() {
      server.close()
      for (const socket of sockets) socket.resetAndDestroy()
      await client.close()
    },
  }
}

import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

export type Balancer = {
  readonly port: number
  close(): Promise<void>
}

/**
 * A plain TCP balancer, round robin: each connection goes to the next node, and to the one after it when nobody listens
 * there. It knows nothing of HTTP or WebSocket, and nobody sticks to a node.
 */
export async function startBalancer(port: number, host: string, nodes: readonly number[]): Promise<Balancer> {
  const sockets = new Set<Socket>()
  let next = 0
  const server = createServer({ noDelay: true, pauseOnConnect: true }, (client) => {
    hold(sockets, client)
    const first = next++
    const tryNode = (tries: number) => {
      const target = nodes[(first + tries) % nodes.length]
      if (client.destroyed || target === undefined || tries === nodes.length) return client.destroy()
      const node = connect({ port: target, host: '127.0.0.1', noDelay: true })
      hold(sockets, node)
      let stands = false
      node.on('connect', () => {
        stands = true
        client.pipe(node)
        node.pipe(client)
        client.on('close', () => node.destroy())
      })
      node.on('close', () => (stands ? client.destroy() : tryNode(tries + 1)))
    }
    tryNode(0)
  })
  server.listen(port, host)
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

function hold(sockets: Set<Socket>, socket: Socket): void {
  sockets.add(socket)
  // What goes wrong ends in `close`, which is all that matters here.
  socket.on('error', () => {})
  socket.on('close', () => sockets.delete(socket))
}

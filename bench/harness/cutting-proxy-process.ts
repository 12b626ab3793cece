// A proxy in a process of its own: passes TCP on, and resets all connections when it is told to.

import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { lineToBench } from './control-line.ts'

const sockets = new Set<Socket>()

function pass(client: Socket, target: number): void {
  const server = connect({ port: target, host: '127.0.0.1', noDelay: true })
  for (const [from, to] of [
    [client, server],
    [server, client],
  ] as const) {
    sockets.add(from)
    from.on('error', () => {})
    from.on('close', () => {
      sockets.delete(from)
      to.destroy()
    })
    from.pipe(to)
  }
}

lineToBench({
  async before(target) {
    const proxy = createServer({ noDelay: true }, (client) => pass(client, target as number))
    proxy.listen(0, '127.0.0.1')
    await once(proxy, 'listening')
    return (proxy.address() as AddressInfo).port
  },
  cut() {
    for (const socket of sockets) socket.resetAndDestroy()
  },
})

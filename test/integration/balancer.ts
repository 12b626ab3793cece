import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

/** One address for a row of servers on loopback: each connection is forwarded to whichever is served when it comes. */
export interface Balancer extends AsyncDisposable {
  readonly url: string
  /** New connections go to this port; those that stand stay. */
  serve(port: number): void
}

export async function startBalancer(): Promise<Balancer> {
  const sockets = new Set<Socket>()
  let target = 0
  const server = createServer({ noDelay: true }, (socket) => {
    const further = connect({ port: target, host: '127.0.0.1', noDelay: true })
    for (const [from, to] of [
      [socket, further],
      [further, socket],
    ] as const) {
      sockets.add(from)
      from.on('close', () => {
        sockets.delete(from)
        to.destroy()
      })
      from.on('error', () => {})
      from.pipe(to)
    }
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}`,
    serve(port) {
      target = port
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

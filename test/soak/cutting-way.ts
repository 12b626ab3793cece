import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

/** A way to a port of this machine that is cut whenever so many more bytes have passed. */
export interface CuttingWay {
  readonly port: number
  /** Times that it was cut. */
  readonly cuts: number
  /** Cuts at these totals of bytes from now on, ascending. */
  plan(positions: readonly number[]): void
  close(): void
}

/** Passes TCP on, both ways, as fast as the reader takes it. What is on its way at a cut is lost. */
export async function openCuttingWay(target: number): Promise<CuttingWay> {
  const sockets = new Set<Socket>()
  let positions: number[] = []
  let passed = 0
  let cuts = 0
  const cut = () => {
    for (const socket of sockets) socket.resetAndDestroy()
  }
  const count = (bytes: number) => {
    passed += bytes
    if (passed < (positions[0] ?? Number.POSITIVE_INFINITY)) return
    positions.shift()
    cuts++
    cut()
  }
  const pass = (from: Socket, to: Socket) => {
    sockets.add(from)
    from.setNoDelay(true)
    from.on('error', () => {})
    from.on('close', () => {
      sockets.delete(from)
      to.destroy()
    })
    from.on('data', (chunk: Buffer) => {
      if (!to.write(chunk)) {
        from.pause()
        to.once('drain', () => from.resume())
      }
      count(chunk.length)
    })
  }
  const server = createServer((near) => {
    const far = connect(target, '127.0.0.1')
    pass(near, far)
    pass(far, near)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    get cuts() {
      return cuts
    },
    plan(at) {
      passed = 0
      positions = [...at]
    },
    close() {
      server.close()
      cut()
    },
  }
}

import type { BenchEvent } from '../harness/shapes.ts'
import type { Subject, SubjectServer } from '../harness/subject.ts'
import { subject as ws } from './ws.ts'

// What a server in native code can do: Bun's own, set up as Bun's pages on WebSockets show it. It echoes what it gets and
// publishes texts that nobody parses, as the subject `ws` does, whose client is used opposite it. Streams are left out.

export const subject: Subject = {
  about: "Bun's own WebSocket server (native code), raw as the subject ws, whose client calls it",
  packages: ['ws'],
  serverRuntime: 'bun',
  serve,
  async connect(port) {
    const { call, echo, subscribe } = await ws.connect(port)
    return { call: call!, echo: echo!, subscribe: subscribe! }
  },
}

/** As much of Bun as is used here; the types of the workspace are those of Node.js. */
interface BunSocket {
  send(data: string | Uint8Array): number
  subscribe(topic: string): void
  getBufferedAmount(): number
}

interface BunGlobal {
  serve(options: {
    port: number
    hostname: string
    fetch(request: Request, server: { upgrade(request: Request): boolean }): Response | undefined
    websocket: {
      maxPayloadLength: number
      backpressureLimit: number
      open(socket: BunSocket): void
      message(socket: BunSocket, data: string | Uint8Array): void
      close(socket: BunSocket): void
    }
  }): { readonly port: number; publish(topic: string, data: string): number }
}

async function serve(): Promise<SubjectServer> {
  const { Bun } = globalThis as unknown as { readonly Bun: BunGlobal }
  const sockets = new Set<BunSocket>()
  const server = Bun.serve({
    port: 0,
    hostname: '127.0.0.1',
    fetch: (request, server) => (server.upgrade(request) ? undefined : new Response('no', { status: 400 })),
    websocket: {
      // Bun drops what is above its limit; a publisher that pauses at 1 MiB must not meet it.
      ...{ maxPayloadLength: 64 << 20, backpressureLimit: 64 << 20 },
      open(socket) {
        sockets.add(socket)
        socket.subscribe('readings')
      },
      message: (socket, data) => void socket.send(data),
      close: (socket) => void sockets.delete(socket),
    },
  })
  return {
    port: server.port,
    publish: ({ id, kind, value }: BenchEvent) =>
      void server.publish('readings', `{"id":${id},"kind":"${kind}","value":${value}}`),
    queuedBytes: () => Math.max(0, ...[...sockets].map((socket) => socket.getBufferedAmount())),
  }
}

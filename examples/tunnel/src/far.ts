import { timingSafeEqual } from 'node:crypto'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { createServer } from '@wirepact/server'
import { listen } from '@wirepact/server/node'
import { type Place, tunnel } from './contract.ts'
import { readFrom, writeTo } from './flow.ts'

export interface FarOptions {
  readonly port: number
  /** @default 'localhost' */
  readonly host?: string | undefined
  /** What whoever uses the tunnel has to know. */
  readonly token: string
  /** Which places may be reached. */
  readonly allows: (place: Place) => boolean
  /** How long a place may take to answer, in ms. @default 10,000 */
  readonly connectTimeoutMs?: number | undefined
}

export interface Far {
  readonly port: number
  /** Connections that are open through it. */
  readonly open: number
  close(): Promise<void>
}

/** The far side of a tunnel: connects to places for whoever has the token. */
export async function openFar({
  port,
  host = 'localhost',
  token,
  allows,
  connectTimeoutMs = 10_000,
}: FarOptions): Promise<Far> {
  let open = 0
  const server = createServer(tunnel, {
    authenticate: ({ credentials }) => {
      if (!isToken(credentials, token)) throw new Error('a wrong token')
    },
    handlers: {
      async *open({ input, items, signal, errors }) {
        if (!allows(input)) throw errors.FORBIDDEN(input)
        const reach = await dial(input, connectTimeoutMs, signal)
        if (typeof reach === 'string') throw errors.UNREACHABLE({ ...input, reason: reach })
        const socket = reach
        open++
        // Whoever gives up the call has reset its connection: the place is to see the same.
        const reset = () => void socket.resetAndDestroy()
        signal.addEventListener('abort', reset)
        try {
          const up = sendAll(items, socket)
          // It is waited for below; until then its failure must not end the process.
          up.catch(() => {})
          for await (const bytes of readFrom(socket)) yield bytes
          yield new Uint8Array(0)
          await up
          return { sent: socket.bytesWritten, received: socket.bytesRead }
        } catch (error) {
          throw signal.aborted ? error : errors.BROKEN({ ...input, reason: reasonOf(error) })
        } finally {
          signal.removeEventListener('abort', reset)
          socket.destroy()
          open--
        }
      },
    },
  })
  const listening = await listen(server, { port, host })
  return {
    port: listening.port,
    get open() {
      return open
    },
    close: () => server.close(),
  }
}

async function sendAll(items: AsyncIterable<Uint8Array>, socket: Socket): Promise<void> {
  for await (const bytes of items) await writeTo(socket, bytes)
  socket.end()
}

/** A socket that is connected, or why there is none. */
async function dial({ host, port }: Place, timeoutMs: number, signal: AbortSignal): Promise<Socket | string> {
  const socket = connect({ host, port, allowHalfOpen: true, noDelay: true, keepAlive: true })
  // What breaks later is heard by whoever reads; but nobody may be reading just then.
  socket.on('error', () => {})
  try {
    await once(socket, 'connect', { signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]) })
    return socket
  } catch (error) {
    socket.destroy()
    return (error as Error).name === 'AbortError' ? `no answer within ${timeoutMs} ms` : reasonOf(error)
  }
}

function isToken(given: unknown, token: string): boolean {
  if (typeof given !== 'string') return false
  const [a, b] = [Buffer.from(given), Buffer.from(token)]
  return a.length === b.length && timingSafeEqual(a, b)
}

function reasonOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? 'it failed'
}

import type { AnyContract } from '@wirepact/contract'
import { type ListenOptions, listen as listenWebSocket } from '@wirepact/websocket/node'
import type { Server } from '../server-face.ts'
import { attachOptions, type ServeOptions } from './accept.ts'
import { selfSigned } from './self-signed.ts'

/** Where to listen. */
export interface ServerListenOptions extends ServeOptions {
  /** 0 for any free port. */
  readonly port: number
  /** Address to listen on. @default all interfaces */
  readonly host?: string
  /**
   * Serves `wss:` with these (`key`, `cert` …). `self-signed`: with a certificate made now, for development; refused where
   * NODE_ENV is production. @default plain `ws:`
   */
  readonly tls?: NonNullable<ListenOptions['tls']> | 'self-signed'
  /** Requests that are no upgrades. @default 426 */
  readonly onRequest?: NonNullable<ListenOptions['onRequest']>
}

/** A wirepact server on a port of its own. */
export interface ServerListening {
  readonly port: number
  /** An address to connect to from this machine. */
  readonly url: string
  /** Stops to listen and closes the connections that came through it. `server.close()` does so too. */
  close(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

/**
 * Serves a contract on a port.
 *
 * @throws Error in one sentence when the port is taken or not allowed
 */
export async function listen<C extends AnyContract, Context>(
  server: Server<C, Context>,
  options: ServerListenOptions,
): Promise<ServerListening> {
  const { host, onRequest, port } = options
  const tls = options.tls === 'self-signed' ? selfSigned() : options.tls
  // Of those that come back at once, and may wait for their welcome, none is dropped before it could say hello.
  const openingConnections = Math.max(1_000, server.limits.waitingConnections)
  const attach = attachOptions(server, options)
  const listening = await listenWebSocket({ ...attach, port, host, tls, onRequest, openingConnections })
  const close = async (): Promise<void> => {
    forget()
    await listening.close()
  }
  const forget = server.onClose(() => listening.close(4440, 'the server is closing'))
  return { port: listening.port, url: listening.url, close, [Symbol.asyncDispose]: close }
}

import type { AnyContract } from '@wirepact/contract'
import { type AnyHttpServer, attach as attachWebSocket } from '@wirepact/websocket/node'
import type { Server } from '../server-face.ts'
import { attachOptions, type ServeOptions } from './accept.ts'

/** A wirepact server on somebody else's HTTP server. */
export interface ServerAttachment {
  /** Stops to accept connections here. Those that stand are closed with 1001. */
  close(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

/**
 * Serves a contract on an HTTP server that exists already; its other requests and upgrades are left alone.
 * `server.close()` closes the attachment, not the HTTP server.
 */
export function attach<C extends AnyContract, Context>(
  server: Server<C, Context>,
  httpServer: AnyHttpServer,
  options: ServeOptions = {},
): ServerAttachment {
  const attachment = attachWebSocket(httpServer, attachOptions(server, options))
  const close = async (): Promise<void> => {
    forget()
    await attachment.close()
  }
  const forget = server.onClose(() => attachment.close(4440, 'the server is closing'))
  return { close, [Symbol.asyncDispose]: close }
}

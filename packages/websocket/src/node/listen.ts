import { createServer as createHttp, type RequestListener } from 'node:http'
import { createServer as createHttps } from 'node:https'
import { type AddressInfo, isIPv6 } from 'node:net'
import type { TlsOptions } from 'node:tls'
import { DEFAULT_HEAD_LIMITS } from '../handshake/http-head.ts'
import { type AttachOptions, attach, DEFAULT_HANDSHAKE_TIMEOUT_MS } from './attach.ts'
import { OpeningLimit } from './opening-limit.ts'
import type { AnyHttpServer } from './upgrade-router.ts'

export interface ListenOptions extends AttachOptions {
  /** 0 for any free port. */
  readonly port: number
  /**
   * Address to listen on. Name '127.0.0.1' to be reachable from this machine only.
   * @default all interfaces, as every Node.js server
   */
  readonly host?: string | undefined
  /** Serve `wss:` with these (`key`, `cert` …). @default plain `ws:` */
  readonly tls?: TlsOptions | undefined
  /**
   * Connections that may be without a WebSocket at the same time: those that have not asked for one yet, whether or not
   * they ever will. Above it the oldest of them is dropped. How long each may take is `handshakeTimeoutMs`.
   * @default 1000
   */
  readonly openingConnections?: number | undefined
  /** Requests that are no upgrades. @default 426, "this is a WebSocket server" */
  readonly onRequest?: RequestListener | undefined
}

export interface Listening {
  readonly port: number
  /** An address to connect to from this machine. */
  readonly url: string
  readonly server: AnyHttpServer
  /** Number of open sockets. */
  readonly size: number
  /** Take no more connections, close all sockets in order (1001), stop listening. */
  close(code?: number, reason?: string): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

const DEFAULT_OPENING_CONNECTIONS = 1_000
/** How often Node.js looks for connections that are late with their head, at most. */
const CHECK_EVERY_MS = 1_000
/** How long plain HTTP requests may go on after `close`. */
const REQUESTS_WITHIN_MS = 2_000

/**
 * Start a WebSocket server of its own.
 * @throws {Error} in one sentence when the port is taken or not allowed; the system's error is the `cause`
 */
export async function listen(options: ListenOptions): Promise<Listening> {
  const server = createServer(options)
  const opening = new OpeningLimit(server, options.openingConnections ?? DEFAULT_OPENING_CONNECTIONS)
  const { accept } = options
  const attachment = attach(server, {
    ...options,
    accept(request, raw) {
      opening.opened(raw.socket)
      return accept === undefined ? {} : accept(request, raw)
    },
  })
  await open(server, options)
  const { port } = server.address() as AddressInfo
  const close = async (code?: number, reason?: string): Promise<void> => {
    const stopped = stop(server)
    await attachment.close(code, reason)
    await stopped
  }
  return {
    port,
    url: localUrl(options, port),
    server,
    get size() {
      return attachment.size
    },
    close,
    [Symbol.asyncDispose]: () => close(),
  }
}

function createServer(options: ListenOptions): AnyHttpServer {
  const headMs = options.handshakeTimeoutMs ?? DEFAULT_HANDSHAKE_TIMEOUT_MS
  const limits = {
    maxHeaderSize: DEFAULT_HEAD_LIMITS.bytes,
    headersTimeout: headMs,
    connectionsCheckingInterval: Math.min(CHECK_EVERY_MS, headMs),
  }
  const onRequest = options.onRequest ?? refuseRequest
  if (options.tls === undefined) return createHttp(limits, onRequest)
  return createHttps({ handshakeTimeout: headMs, ...limits, ...options.tls }, onRequest)
}

const refuseRequest: RequestListener = (_request, response) => {
  // RFC 9110 section 7.8: whoever sends Upgrade also names it in Connection.
  const headers = { Upgrade: 'websocket', Connection: 'Upgrade, close', 'Content-Type': 'text/plain; charset=utf-8' }
  response.writeHead(426, headers)
  response.end('This is a WebSocket server.\n')
}

function open(server: AnyHttpServer, { port, host }: ListenOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    const failed = (error: NodeJS.ErrnoException) => reject(new Error(sentence(error, port, host), { cause: error }))
    server.once('error', failed)
    server.listen({ port, ...(host === undefined ? {} : { host }) }, () => {
      server.off('error', failed)
      resolve()
    })
  })
}

function sentence(error: NodeJS.ErrnoException, port: number, host: string | undefined): string {
  switch (error.code) {
    case 'EADDRINUSE':
      return `Port ${port} is already in use. Choose another with { port }, or 0 for any free one.`
    case 'EACCES':
      return `Port ${port} may not be used without more rights. Choose one above 1023 with { port }.`
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return `${host ?? 'The address'} is not an address of this machine. Choose another with { host }.`
    default:
      return `Could not listen on port ${port}: ${error.message}`
  }
}

function stop(server: AnyHttpServer): Promise<void> {
  return new Promise((resolve) => {
    const cut = setTimeout(() => server.closeAllConnections(), REQUESTS_WITHIN_MS)
    server.close(() => {
      clearTimeout(cut)
      resolve()
    })
    server.closeIdleConnections()
  })
}

function localUrl({ host, tls, path }: ListenOptions, port: number): string {
  const everywhere = host === undefined || host === '::' || host === '0.0.0.0'
  const name = everywhere ? 'localhost' : isIPv6(host) ? `[${host}]` : host
  return `${tls === undefined ? 'ws' : 'wss'}://${name}:${port}${path ?? '/'}`
}

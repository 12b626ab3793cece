import { EventEmitter } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { MisuseError } from '../../errors.ts'
import { acceptResponse, checkRequest, isRefusal, type UpgradeOffer } from '../../handshake/server.ts'
import { resolveLimits } from '../../limits.ts'
import type { Compression } from '../compression.ts'
import { fieldText } from '../header-text.ts'
import { refuse } from '../refuse.ts'
import { pathOf } from '../upgrade-request.ts'
import type { AnyHttpServer } from '../upgrade-router.ts'
import { compressionOf, limitsOf, type SharedOptions } from './options.ts'
import { WebSocket } from './web-socket.ts'

export interface ClientInfo {
  readonly origin: string | undefined
  readonly secure: boolean
  readonly req: IncomingMessage
}

type Verified = (accepted: boolean, status?: number, message?: string, headers?: Record<string, string>) => void
/** Answers at once, or, when it takes a second parameter, through it. */
export type VerifyClient = ((info: ClientInfo) => boolean) | ((info: ClientInfo, verified: Verified) => void)

export interface ServerOptions extends SharedOptions {
  /** Exactly one of these three. 0 for any free port. */
  readonly port?: number | undefined
  readonly server?: AnyHttpServer | undefined
  readonly noServer?: boolean | undefined
  readonly host?: string | undefined
  readonly backlog?: number | undefined
  /** Path served; others are answered 400. @default every path */
  readonly path?: string | undefined
  readonly verifyClient?: VerifyClient | undefined
  /** Choose a subprotocol, or false for none. @default the first that was offered */
  handleProtocols?: ((protocols: Set<string>, request: IncomingMessage) => string | false) | undefined
  /** Keep `clients`. @default true */
  readonly clientTracking?: boolean | undefined
}

/** Called with a socket that is open. */
export type Upgraded = (socket: WebSocket, request: IncomingMessage) => void

/**
 * A WebSocket server with the surface of the one of `ws`, on the core of this package.
 *
 * Events: 'listening', 'connection' (socket, request), 'headers' (lines, request), 'wsClientError' (error, stream,
 * request), 'error' (error), 'close'.
 */
export class WebSocketServer extends EventEmitter {
  /** Read with every handshake: libraries set `handleProtocols` here. */
  readonly options: ServerOptions
  readonly clients = new Set<WebSocket>()
  readonly path: string | undefined
  readonly #server: AnyHttpServer | undefined
  readonly #own: boolean
  readonly #compression: Compression | undefined
  readonly #shared: SharedOptions
  #state: 'running' | 'closing' | 'closed' = 'running'

  /** @throws {TypeError} unless exactly one of port, server and noServer is given */
  constructor(options: ServerOptions, listening?: () => void) {
    super()
    const ways = [options.port !== undefined, options.server !== undefined, options.noServer === true]
    if (ways.filter(Boolean).length !== 1) {
      throw new TypeError('One and only one of the "port", "server", or "noServer" options must be specified')
    }
    this.options = { ...options }
    this.path = options.path
    this.#compression = compressionOf(options.perMessageDeflate, 'server')
    // Resolved once, for all connections.
    this.#shared = { limits: resolveLimits(limitsOf(options)), perMessageDeflate: options.perMessageDeflate }
    this.#own = options.port !== undefined
    this.#server = this.#own ? plainServer() : options.server
    this.#server?.on('listening', this.#onListening).on('error', this.#onError).on('upgrade', this.#onUpgrade)
    if (listening !== undefined) this.once('listening', listening)
    if (this.#own) this.#server?.listen(options.port, options.host, options.backlog)
  }

  /** Where it listens; null before and after. */
  address(): AddressInfo | string | null {
    if (this.options.noServer === true) throw new Error('The server is operating in "noServer" mode')
    return this.#server?.address() ?? null
  }

  /** Take no more connections. Those that exist are the caller's: `close` waits for them, and ends none. */
  close(callback?: (error?: Error) => void): void {
    if (this.#state === 'closed') {
      if (callback !== undefined) process.nextTick(callback, new Error('The server is not running'))
      return
    }
    if (callback !== undefined) this.once('close', callback)
    if (this.#state === 'closing') return
    this.#state = 'closing'
    const server = this.#server
    server?.off('listening', this.#onListening).off('error', this.#onError).off('upgrade', this.#onUpgrade)
    if (this.#own) server?.close(() => this.#closed())
    else if (this.clients.size === 0) process.nextTick(() => this.#closed())
  }

  shouldHandle(request: IncomingMessage): boolean {
    return this.path === undefined || pathOf(request.url ?? '/') === this.path
  }

  /** Answer an upgrade request that came elsewhere. */
  handleUpgrade(request: IncomingMessage, stream: Duplex, head: Buffer, upgraded: Upgraded): void {
    // Until the WebSocket takes over, an error must find a listener.
    stream.on('error', destroyItself)
    const { method = '', httpVersion } = request
    const checked = checkRequest({ method, httpVersion, header: (name) => fieldText(request, name) })
    if (isRefusal(checked)) {
      if (this.listenerCount('wsClientError') > 0) {
        this.emit('wsClientError', new Error(checked.reason), stream, request)
      } else refuse(stream, checked.status, `${checked.reason}\n`, checked.headers)
      return
    }
    if (!this.shouldHandle(request)) {
      refuse(stream, 400, 'Nothing is served at this path\n', {})
      return
    }
    this.#verify(request, (accepted, status = 401, message = '', headers = {}) => {
      if (accepted) this.#complete(checked, request, stream, head, upgraded)
      else refuse(stream, status, message, headers)
    })
  }

  #verify(request: IncomingMessage, verified: Verified): void {
    const { verifyClient } = this.options
    if (verifyClient === undefined) {
      verified(true)
      return
    }
    const secure = 'encrypted' in request.socket && request.socket.encrypted === true
    const info: ClientInfo = { origin: fieldText(request, 'origin'), secure, req: request }
    if (verifyClient.length === 2) (verifyClient as (info: ClientInfo, verified: Verified) => void)(info, verified)
    else verified((verifyClient as (info: ClientInfo) => boolean)(info) === true)
  }

  #complete(offer: UpgradeOffer, request: IncomingMessage, stream: Duplex, head: Buffer, upgraded: Upgraded): void {
    if (!stream.readable || !stream.writable) {
      stream.destroy()
      return
    }
    if (this.#state !== 'running') {
      refuse(stream, 503, 'The server is closing\n', {})
      return
    }
    const protocol = this.#choose(offer.protocols, request)
    const compressed = this.#compression?.accept(offer.extensions)
    const lines = acceptResponse(offer.key, { protocol, extensions: compressed?.answer }).split('\r\n').slice(0, -2)
    this.emit('headers', lines, request)
    if (lines.some((line) => /[\r\n]/.test(line))) throw new MisuseError('a header line contains a line break')
    stream.write(`${lines.join('\r\n')}\r\n\r\n`, 'latin1')
    stream.off('error', destroyItself)
    if (head.length > 0) stream.unshift(head)
    const extension = compressed?.extension
    const socket = new WebSocket({ ...this.#shared, stream, protocol: protocol ?? '', extension })
    if (this.options.clientTracking !== false) this.#track(socket)
    upgraded(socket, request)
  }

  #choose(offered: readonly string[], request: IncomingMessage): string | undefined {
    if (offered.length === 0) return undefined
    const { handleProtocols } = this.options
    if (handleProtocols === undefined) return offered[0]
    const chosen = handleProtocols(new Set(offered), request)
    return chosen === false ? undefined : chosen
  }

  #track(socket: WebSocket): void {
    this.clients.add(socket)
    socket.once('close', () => {
      this.clients.delete(socket)
      if (this.#state === 'closing' && !this.#own && this.clients.size === 0) process.nextTick(() => this.#closed())
    })
  }

  #closed(): void {
    this.#state = 'closed'
    this.emit('close')
  }

  readonly #onListening = (): void => {
    this.emit('listening')
  }

  readonly #onError = (error: Error): void => {
    this.emit('error', error)
  }

  readonly #onUpgrade = (request: IncomingMessage, stream: Duplex, head: Buffer): void => {
    this.handleUpgrade(request, stream, head, (socket) => this.emit('connection', socket, request))
  }
}

function plainServer(): AnyHttpServer {
  return createServer((_request, response) => {
    response.writeHead(426, { 'Content-Type': 'text/plain', Upgrade: 'websocket', Connection: 'Upgrade' })
    response.end('Upgrade Required')
  })
}

function destroyItself(this: Duplex): void {
  this.destroy()
}

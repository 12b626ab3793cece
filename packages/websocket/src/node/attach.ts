import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { MisuseError } from '../errors.ts'
import { acceptResponse, checkRequest, isRefusal, type UpgradeOffer } from '../handshake/server.ts'
import { type ConnectionLimits, resolveLimits } from '../limits.ts'
import type { LivenessOptions } from '../liveness.ts'
import type { MemoryBudget } from '../memory-budget.ts'
import { checkLowLatency } from './awake-loop.ts'
import { Compression, type CompressionOptions } from './compression.ts'
import { fieldText } from './header-text.ts'
import { SocketClosedError } from './inbox.ts'
import { refuse } from './refuse.ts'
import { NodeWebSocket } from './socket.ts'
import { readUpgradeRequest, type UpgradeRequest } from './upgrade-request.ts'
import { type AnyHttpServer, type Route, routerOf } from './upgrade-router.ts'

/** Yes, and with which subprotocol (one of those offered) and further headers of the 101 answer. */
export interface Accepted {
  readonly protocol?: string | undefined
  readonly headers?: Readonly<Record<string, string>> | undefined
}

/** No: an HTTP status from 300 to 599, and what goes with it. */
export interface Rejected {
  readonly reject: number
  readonly body?: string | undefined
  readonly headers?: Readonly<Record<string, string>> | undefined
}

export type Acceptance = Accepted | Rejected

export interface AttachOptions {
  /** Path served, without the query, compared exactly. @default every path that no other attachment serves */
  readonly path?: string | undefined
  /**
   * Pages that may connect: their origins, or a function that judges one. Others get 403. Clients that are no browsers
   * send no origin; a list lets them in, a function is asked about `undefined`.
   * @default any page
   */
  readonly origins?: readonly string[] | ((origin: string | undefined, request: UpgradeRequest) => boolean) | undefined
  /**
   * Choose one of the subprotocols a client offers (in its order of preference), or none. `accept` may choose another.
   * @default none
   */
  readonly protocol?: ((offered: readonly string[], request: UpgradeRequest) => string | undefined) | undefined
  /**
   * Decide on a request. Origin, cookies, tokens, subprotocol: everything is decided before the 101 answer. `raw` is
   * Node's own request.
   * @default accept without a subprotocol
   */
  readonly accept?: ((request: UpgradeRequest, raw: IncomingMessage) => Acceptance | Promise<Acceptance>) | undefined
  /**
   * An open socket. Call its `start` to receive; until then nothing is read. It may be an async function, for a loop over
   * the messages: that the loop fails because its peer went without a goodbye (`SocketClosedError`) is no error.
   */
  readonly onSocket: (socket: NodeWebSocket, request: UpgradeRequest) => unknown
  /**
   * `accept`, `origins`, `protocol` or `onSocket` threw or rejected. The client got 500 or 1011 and learns nothing more.
   * @default a process warning
   */
  readonly onError?: ((error: unknown) => void) | undefined
  /** Time `accept` may take, in milliseconds. After it: 503. @default 5000 */
  readonly handshakeTimeoutMs?: number | undefined
  /** Requests that may wait for `accept` at the same time. Above it: 503. @default 1000 */
  readonly waitingHandshakes?: number | undefined
  readonly limits?: Partial<ConnectionLimits> | undefined
  /** Ping a peer that is silent, and give it up when it stays so. @default never */
  readonly liveness?: LivenessOptions | undefined
  /** Memory that many sockets share, see `MemoryBudget`. @default each has only its own limits */
  readonly budget?: MemoryBudget | undefined
  /**
   * Keep the process awake for so many milliseconds, 1,000 at most, after each chunk of a connection whose last chunk came
   * within the same time: the next one is then met without the kernel having to wake anybody. Costs a core as long as
   * traffic flows, nothing when it does not. @throws {MisuseError} out of range
   * @default 0: sleep whenever there is nothing to do
   */
  readonly lowLatencyMs?: number | undefined
  /**
   * Compress messages (permessage-deflate, RFC 7692) with clients that offer it. True for the defaults.
   * @default false
   */
  readonly compression?: boolean | CompressionOptions | undefined
}

export interface Attachment {
  /** Number of open sockets. */
  readonly size: number
  /**
   * Take no more upgrades and close all sockets in order. Resolves when the last is gone, which the limits' timeouts
   * see to.
   * @param code close code. @default 1001 (going away)
   */
  close(code?: number, reason?: string): Promise<void>
  /** `close` without waiting. */
  [Symbol.dispose](): void
}

export const DEFAULT_HANDSHAKE_TIMEOUT_MS = 5_000
const DEFAULT_WAITING_HANDSHAKES = 1_000

/**
 * Serve WebSockets on an HTTP server that exists already. Other listeners for `upgrade` are not disturbed.
 * @throws {MisuseError} for a limit out of range
 */
export function attach(server: AnyHttpServer, options: AttachOptions): Attachment {
  return new ServerRoute(server, { ...options, limits: resolveLimits(options.limits) })
}

class ServerRoute implements Route, Attachment {
  readonly path: string | undefined
  readonly #server: AnyHttpServer
  readonly #options: AttachOptions
  readonly #compression: Compression | undefined
  readonly #sockets = new Map<Duplex, NodeWebSocket>()
  /** One function for all streams: a listener more for each would cost an idle connection 60 bytes. */
  readonly #gone: (stream: Duplex) => void
  #waiting = 0
  #closed = false
  readonly #whenEmpty: (() => void)[] = []

  constructor(server: AnyHttpServer, options: AttachOptions) {
    checkLowLatency(options.lowLatencyMs)
    this.path = options.path
    this.#server = server
    this.#options = options
    this.#compression = Compression.of(options.compression)
    this.#gone = (stream) => this.#forget(stream)
    routerOf(server).add(this)
  }

  get size(): number {
    return this.#sockets.size
  }

  async close(code = 1001, reason = ''): Promise<void> {
    this.#closed = true
    routerOf(this.#server).remove(this)
    const empty = new Promise<void>((resolve) => {
      this.#whenEmpty.push(resolve)
    })
    for (const socket of this.#sockets.values()) socket.close(code, reason)
    if (this.#sockets.size > 0) await empty
  }

  [Symbol.dispose](): void {
    void this.close()
  }

  upgrade(raw: IncomingMessage, stream: Duplex, head: Buffer): void {
    stream.on('error', destroyItself)
    const { method = '', httpVersion } = raw
    const checked = checkRequest({ method, httpVersion, header: (name) => fieldText(raw, name) })
    if (isRefusal(checked)) {
      refuse(stream, checked.status, `${checked.reason}\n`, checked.headers)
      return
    }
    if (this.#waiting >= (this.#options.waitingHandshakes ?? DEFAULT_WAITING_HANDSHAKES)) {
      refuse(stream, 503, 'Too many handshakes at once\n', { 'Retry-After': '1' })
      return
    }
    if (head.length > 0) stream.unshift(head)
    const request = readUpgradeRequest(raw, checked.protocols)
    this.#decide(request, raw, stream).then(
      (acceptance) => acceptance !== undefined && this.#answer(acceptance, checked, request, stream),
      (error) => this.#failed(error, stream),
    )
  }

  /** Ask `accept`, for a limited time. Undefined when the time ran out and the client has been told. */
  async #decide(request: UpgradeRequest, raw: IncomingMessage, stream: Duplex): Promise<Acceptance | undefined> {
    const { accept, origins, handshakeTimeoutMs = DEFAULT_HANDSHAKE_TIMEOUT_MS } = this.#options
    if (origins !== undefined && !mayConnect(origins, request)) {
      return { reject: 403, body: 'Pages of this origin may not connect\n' }
    }
    if (accept === undefined) return {}
    let late = false
    const timer = setTimeout(() => {
      late = true
      refuse(stream, 503, 'The handshake took too long\n', { 'Retry-After': '1' })
    }, handshakeTimeoutMs)
    this.#waiting++
    try {
      const acceptance = await accept(request, raw)
      return late ? undefined : acceptance
    } finally {
      this.#waiting--
      clearTimeout(timer)
    }
  }

  #answer(acceptance: Acceptance, offer: UpgradeOffer, request: UpgradeRequest, stream: Duplex): void {
    // The client may have gone while `accept` was thinking.
    if (stream.destroyed || !stream.writable) {
      stream.destroy()
      return
    }
    if (this.#closed) {
      refuse(stream, 503, 'The server is closing\n', {})
      return
    }
    try {
      if ('reject' in acceptance) refuseWith(acceptance, stream)
      else this.#open(acceptance, offer, request, stream)
    } catch (error) {
      this.#failed(error, stream)
    }
  }

  #open(accepted: Accepted, offer: UpgradeOffer, request: UpgradeRequest, stream: Duplex): void {
    const { headers } = accepted
    const choose = request.protocols.length > 0 ? this.#options.protocol : undefined
    const protocol = accepted.protocol ?? choose?.(request.protocols, request)
    // RFC 6455 section 4.2.2: the subprotocol is "derived from the client's handshake, specifically by selecting one".
    if (protocol !== undefined && !request.protocols.includes(protocol)) {
      throw new MisuseError(`the subprotocol ${protocol} was chosen, which the client did not offer`)
    }
    const compressed = this.#compression?.accept(offer.extensions)
    stream.write(acceptResponse(offer.key, { protocol, headers, extensions: compressed?.answer }), 'latin1')
    const { limits, liveness, budget, lowLatencyMs } = this.#options
    const { extension } = compressed ?? {}
    const socket = new NodeWebSocket(stream, {
      role: 'server',
      protocol,
      limits,
      liveness,
      budget,
      lowLatencyMs,
      extension,
      gone: this.#gone,
    })
    stream.off('error', destroyItself)
    this.#sockets.set(stream, socket)
    if (stream.destroyed) this.#forget(stream)
    try {
      // A promise that nobody listens to would end the process when a peer drops its connection.
      const running = this.#options.onSocket(socket, request)
      if (running instanceof Promise) running.catch((error: unknown) => this.#consumerFailed(socket, error))
    } catch (error) {
      this.#consumerFailed(socket, error)
    }
  }

  #consumerFailed(socket: NodeWebSocket, error: unknown): void {
    // What a loop over the messages ends with when the connection did.
    if (error instanceof SocketClosedError && socket.state !== 'open') return
    socket.close(1011)
    this.#report(error)
  }

  #forget(stream: Duplex): void {
    this.#sockets.delete(stream)
    if (this.#sockets.size === 0) for (const each of this.#whenEmpty.splice(0)) each()
  }

  #failed(error: unknown, stream: Duplex): void {
    if (stream.writable) refuse(stream, 500, 'Internal error\n', {})
    this.#report(error)
  }

  #report(error: unknown): void {
    if (this.#options.onError !== undefined) this.#options.onError(error)
    else process.emitWarning(error instanceof Error ? error : new Error(String(error)))
  }
}

/** RFC 6455 section 10.2: a server "SHOULD verify the |Origin| field is an origin they expect". */
function mayConnect(origins: NonNullable<AttachOptions['origins']>, request: UpgradeRequest): boolean {
  const { origin } = request
  if (typeof origins === 'function') return origins(origin, request)
  // Section 10.2 again: only browsers send it, and they always do.
  return origin === undefined || origins.some((each) => each.toLowerCase() === origin.toLowerCase())
}

/**
 * Until the socket takes over, an error must find a listener. Not a closure: one made in `upgrade` would keep the whole
 * request alive for as long as the socket lives.
 */
function destroyItself(this: Duplex): void {
  this.destroy()
}

function refuseWith(rejected: Rejected, stream: Duplex): void {
  const { reject, body, headers } = rejected
  if (!Number.isInteger(reject) || reject < 300 || reject > 599) {
    throw new MisuseError(`a rejection is an HTTP status from 300 to 599, not ${String(reject)}`)
  }
  refuse(stream, reject, body ?? '', headers ?? {})
}

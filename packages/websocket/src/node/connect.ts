import { Buffer } from 'node:buffer'
import { connect as connectTcp, isIP, type Socket } from 'node:net'
import { connect as connectTls, type ConnectionOptions as TlsOptions } from 'node:tls'
import { MisuseError } from '../errors.ts'
import { newKey } from '../handshake/accept-key.ts'
import { type Agreement, type ClientHandshake, clientRequest } from '../handshake/client.ts'
import type { ConnectionLimits } from '../limits.ts'
import type { LivenessOptions } from '../liveness.ts'
import type { MemoryBudget } from '../memory-budget.ts'
import { checkLowLatency } from './awake-loop.ts'
import { Compression, type CompressionOptions } from './compression.ts'
import { fillRandom } from './platform.ts'
import { NodeWebSocket } from './socket.ts'
import { ConnectError, UpgradeError } from './upgrade-error.ts'
import { UpgradeReader } from './upgrade-reader.ts'

export interface ConnectOptions {
  /** Subprotocols in order of preference; the server has to choose one of them. @default none */
  readonly protocols?: readonly string[] | undefined
  /** Further request headers. @throws {MisuseError} when one cannot be sent, for instance with a line break */
  readonly headers?: Readonly<Record<string, string>> | undefined
  /** Gives up the attempt: the promise rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined
  /** Time for everything up to the server's answer, in milliseconds. Then: `ConnectError` with 'ETIMEDOUT'. @default 10000 */
  readonly timeoutMs?: number | undefined
  /** For `wss:`, Node's own TLS options (`ca`, `cert`, `key`, `rejectUnauthorized`, `servername` …). */
  readonly tls?: TlsOptions | undefined
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
   * Offer to compress messages (permessage-deflate, RFC 7692). True for the defaults.
   * @default false
   */
  readonly compression?: boolean | CompressionOptions | undefined
}

const DEFAULT_TIMEOUT_MS = 10_000

/**
 * Open a WebSocket as a client.
 * @param url `ws:` or `wss:` (`http:` and `https:` mean the same)
 * @throws {MisuseError} for an address or options that cannot be used
 * @throws {UpgradeError} when the server answers with anything but a valid upgrade
 * @throws {ConnectError} when no answer comes
 */
export async function connect(url: string | URL, options: ConnectOptions = {}): Promise<NodeWebSocket> {
  const { signal } = options
  signal?.throwIfAborted()
  checkLowLatency(options.lowLatencyMs)
  const target = readUrl(url)
  const compression = Compression.of(options.compression)
  const handshake: ClientHandshake = {
    host: target.url.host,
    target: target.url.pathname + target.url.search,
    key: newKey(fillRandom),
    protocols: options.protocols ?? [],
    headers: { ...target.headers, ...options.headers },
    extensions: compression?.offer(),
  }
  const request = clientRequest(handshake)
  const socket = openSocket(target.url, target.secure, options.tls)
  // Whoever listens besides, an error never finds nobody and ends the process.
  socket.on('error', () => undefined)
  try {
    const answer = await upgrade(socket, request, handshake, target.url, options)
    const extension = compression?.check(answer.extensions)
    if (typeof extension === 'string') throw new UpgradeError(`${target.url.origin}: ${extension}`, 101)
    const { limits, liveness, budget, lowLatencyMs } = options
    const { protocol } = answer
    return new NodeWebSocket(socket, { role: 'client', protocol, limits, liveness, budget, lowLatencyMs, extension })
  } catch (error) {
    socket.destroy()
    throw error
  }
}

interface Target {
  readonly url: URL
  readonly secure: boolean
  readonly headers: Readonly<Record<string, string>>
}

function readUrl(given: string | URL): Target {
  let url: URL
  try {
    url = new URL(given)
  } catch (cause) {
    throw new MisuseError(`${String(given)} is not a URL`, { cause })
  }
  const secure = url.protocol === 'wss:' || url.protocol === 'https:'
  if (!secure && url.protocol !== 'ws:' && url.protocol !== 'http:') {
    throw new MisuseError(`a WebSocket URL begins with ws: or wss:, not ${url.protocol}`)
  }
  // RFC 6455 section 3: "Fragment identifiers are meaningless in the context of WebSocket URIs and MUST NOT be used".
  if (url.hash !== '') throw new MisuseError('a WebSocket URL has no fragment')
  const user = decoded(url.username)
  const password = decoded(url.password)
  const authorization = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`
  return { url, secure, headers: user === '' && password === '' ? {} : { Authorization: authorization } }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch (cause) {
    throw new MisuseError('the user or the password in the URL is not percent-encoded UTF-8', { cause })
  }
}

function openSocket(url: URL, secure: boolean, tls: TlsOptions | undefined): Socket {
  // A URL writes an IPv6 address in brackets, a socket wants it without.
  const host = url.hostname.startsWith('[') ? url.hostname.slice(1, -1) : url.hostname
  const port = url.port === '' ? (secure ? 443 : 80) : Number(url.port)
  if (!secure) return connectTcp({ host, port })
  // A server name is a name: RFC 6066 section 3 forbids addresses.
  const servername = isIP(host) === 0 ? { servername: host } : {}
  return connectTls({ host, port, ...servername, ALPNProtocols: ['http/1.1'], ...tls })
}

/** Send the request and wait for the answer, the deadline or the signal, whichever is first. */
function upgrade(
  socket: Socket,
  request: string,
  handshake: ClientHandshake,
  url: URL,
  options: ConnectOptions,
): Promise<Agreement> {
  const { signal, timeoutMs = DEFAULT_TIMEOUT_MS } = options
  return new Promise((resolve, reject) => {
    const reader = new UpgradeReader(socket, handshake, url)
    const late = () => fail(new ConnectError(`${url.origin} did not answer in ${timeoutMs} ms`, 'ETIMEDOUT'))
    const timer = setTimeout(late, timeoutMs)
    const aborted = () => fail(signal?.reason)
    signal?.addEventListener('abort', aborted)
    const settle = () => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', aborted)
      reader.detach()
    }
    const fail = (reason: unknown) => {
      settle()
      reject(reason)
    }
    reader.read((answer) => {
      if (answer instanceof Error) fail(answer)
      else {
        settle()
        resolve(answer)
      }
    })
    socket.write(request, 'latin1')
  })
}

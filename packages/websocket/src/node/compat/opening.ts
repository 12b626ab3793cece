import { type ClientRequest, type IncomingMessage, type RequestOptions, request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import type { Socket } from 'node:net'
import type { Extension } from '../../extension.ts'
import { newKey } from '../../handshake/accept-key.ts'
import { checkResponse } from '../../handshake/client.ts'
import { isToken } from '../../handshake/header-grammar.ts'
import type { Compression } from '../compression.ts'
import { fillRandom } from '../platform.ts'
import { compressionOf, type SharedOptions } from './options.ts'

/** A client's options: those of Node's `request` (headers, agent, TLS …) and these. */
export interface ClientOptions extends Omit<RequestOptions, 'path' | 'protocol'>, SharedOptions {
  /** Time for the server's answer, in milliseconds. @default none, as ws */
  readonly handshakeTimeout?: number | undefined
  readonly origin?: string | undefined
  /** TLS: accept a certificate nobody vouches for. */
  readonly rejectUnauthorized?: boolean | undefined
}

export interface Opened {
  readonly stream: Socket
  readonly head: Buffer
  readonly protocol: string
  readonly extension: Extension | undefined
  readonly extensions: string
}

export interface OpeningEvents {
  upgrade(response: IncomingMessage): void
  /** @returns true when somebody takes care of it */
  unexpected(request: ClientRequest, response: IncomingMessage): boolean
  opened(opened: Opened): void
  failed(error: Error): void
}

/** @throws {SyntaxError} for an address or subprotocols that cannot be used, as browsers do */
export function readAddress(address: string | URL, protocols: readonly string[]): URL {
  let url: URL
  try {
    url = new URL(address)
  } catch {
    throw new SyntaxError(`Invalid URL: ${String(address)}`)
  }
  if (url.protocol === 'http:') url.protocol = 'ws:'
  if (url.protocol === 'https:') url.protocol = 'wss:'
  if (url.protocol !== 'ws:' && url.protocol !== 'wss:') {
    throw new SyntaxError(`The URL's protocol must be one of "ws:", "wss:", "http:" or "https:": ${url.protocol}`)
  }
  if (url.hash !== '') throw new SyntaxError('The URL contains a fragment identifier')
  if (!protocols.every(isToken) || new Set(protocols).size !== protocols.length) {
    throw new SyntaxError('An invalid or duplicated subprotocol was specified')
  }
  return url
}

/** The opening handshake by Node's own HTTP client, so that its options, agents and objects are those users know. */
export function open(
  url: URL,
  protocols: readonly string[],
  options: ClientOptions,
  events: OpeningEvents,
): ClientRequest {
  const secure = url.protocol === 'wss:'
  const compression = compressionOf(options.perMessageDeflate ?? true, 'client')
  const key = newKey(fillRandom)
  const extensions = compression?.offer()
  const target = url.pathname + url.search
  const { username, password } = url
  const request = (secure ? requestHttps : requestHttp)({
    agent: false,
    ...(username === '' ? {} : { auth: `${decodeURIComponent(username)}:${decodeURIComponent(password)}` }),
    ...options,
    host: options.host ?? (url.hostname.startsWith('[') ? url.hostname.slice(1, -1) : url.hostname),
    port: options.port ?? (url.port === '' ? (secure ? 443 : 80) : url.port),
    path: target,
    method: 'GET',
    timeout: options.handshakeTimeout,
    headers: {
      ...options.headers,
      Connection: 'Upgrade',
      Upgrade: 'websocket',
      'Sec-WebSocket-Key': key,
      'Sec-WebSocket-Version': '13',
      ...(protocols.length === 0 ? {} : { 'Sec-WebSocket-Protocol': protocols.join(',') }),
      ...(extensions === undefined ? {} : { 'Sec-WebSocket-Extensions': extensions }),
      ...(options.origin === undefined ? {} : { Origin: options.origin }),
    },
  })
  request.on('timeout', () => request.destroy(new Error('Opening handshake has timed out')))
  request.on('error', (error) => events.failed(error))
  request.on('response', (response) => {
    if (events.unexpected(request, response)) return
    response.resume()
    request.destroy(new Error(`Unexpected server response: ${response.statusCode}`))
  })
  request.on('upgrade', (response, stream: Socket, head) => {
    // Until the WebSocket takes over, an error must find a listener.
    stream.on('error', () => stream.destroy())
    events.upgrade(response)
    const agreed = agreement(response, { host: url.host, target, key, protocols, extensions }, compression)
    if (typeof agreed !== 'string') events.opened({ ...agreed, stream, head })
    else {
      stream.destroy()
      events.failed(new Error(agreed))
    }
  })
  request.end()
  return request
}

function agreement(
  response: IncomingMessage,
  handshake: Parameters<typeof checkResponse>[1],
  compression: Compression | undefined,
): Omit<Opened, 'stream' | 'head'> | string {
  const fields = new Map<string, string[]>()
  for (let i = 0; i + 1 < response.rawHeaders.length; i += 2) {
    const name = response.rawHeaders[i]!.toLowerCase()
    fields.set(name, [...(fields.get(name) ?? []), response.rawHeaders[i + 1]!])
  }
  const agreed = checkResponse({ startLine: 'HTTP/1.1 101', fields }, handshake)
  if (typeof agreed === 'string') return agreed
  const extension = compression?.check(agreed.extensions)
  if (typeof extension === 'string') return extension
  const { protocol } = agreed
  return { protocol, extension, extensions: extension === undefined ? '' : 'permessage-deflate' }
}

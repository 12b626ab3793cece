import type { IncomingMessage } from 'node:http'
import { TLSSocket } from 'node:tls'
import { fieldText } from './header-text.ts'

/**
 * What is known of a client that asks for a WebSocket, before it gets one. Cheap to keep: it does not hold Node's own
 * request, which costs about 2 KiB.
 */
export interface UpgradeRequest {
  /** The request target as sent: path and query. */
  readonly url: string
  /** The path alone. */
  readonly path: string
  /** Names in lower case, as Node.js gives them. */
  readonly headers: IncomingMessage['headers']
  /** The page a browser sent this from; undefined for most other clients. */
  readonly origin: string | undefined
  readonly host: string
  /** Subprotocols in the client's order of preference. */
  readonly protocols: readonly string[]
  /** A browser sends cookies along with any page's request: look at the origin before trusting them. */
  readonly hasCookies: boolean
  /** Undefined once the connection is gone, unless it was asked for before. */
  readonly remoteAddress: string | undefined
  /** Came over TLS. */
  readonly secure: boolean
}

export function readUpgradeRequest(raw: IncomingMessage, protocols: readonly string[]): UpgradeRequest {
  const url = raw.url ?? '/'
  const { socket } = raw
  return {
    url,
    path: pathOf(url),
    headers: raw.headers,
    origin: fieldText(raw, 'origin'),
    host: fieldText(raw, 'host') ?? '',
    protocols,
    hasCookies: raw.headers.cookie !== undefined,
    // Asked of the socket only when it is wanted: from then on it keeps the answer, which costs 100 bytes.
    get remoteAddress() {
      return socket.remoteAddress
    },
    secure: socket instanceof TLSSocket,
  }
}

export function pathOf(url: string): string {
  const query = url.indexOf('?')
  return query < 0 ? url : url.slice(0, query)
}

import type { UpgradeRequest } from '@wirepact/websocket/node'

/**
 * Pages that may connect: `same` for those of the host that the request was sent to, a list of origins
 * (`https://app.example.com`), or `any` for all of them.
 */
export type OriginPolicy = 'same' | 'any' | readonly string[]

/**
 * Why a request must not become a connection; undefined when it may.
 *
 * Browsers let any page open a WebSocket to any host and send that host's cookies along, so the server has to look at
 * the origin (RFC 6455, section 10.2). Other clients send none, which is fine as long as they send no cookies either.
 */
export function originRefusal(request: UpgradeRequest, policy: OriginPolicy): string | undefined {
  const { hasCookies, host, origin } = request
  if (policy === 'any') return undefined
  if (origin === undefined) return hasCookies ? 'a request with cookies must say its origin' : undefined
  const allowed = policy === 'same' ? hostOf(origin) === host.toLowerCase() : policy.includes(origin)
  return allowed ? undefined : `pages of ${origin} may not connect to this server`
}

// Origins are `scheme://host[:port]` without a path. The scheme is not compared: behind a proxy that ends TLS, the
// server cannot know its own.
function hostOf(origin: string): string | undefined {
  const at = origin.indexOf('://')
  return at < 0 ? undefined : origin.slice(at + 3).toLowerCase()
}

/**
 * Whether a script of a browser waits for the answer. Such a script cannot see an HTTP status, so it is refused with a
 * close code after the handshake. Every browser's name begins so; a client that pretends learns nothing by it.
 */
export function comesFromBrowser(request: UpgradeRequest): boolean {
  return request.headers['user-agent']?.startsWith('Mozilla/') === true
}

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
  const from = partsOf(origin)
  const allowed =
    from !== undefined &&
    (policy === 'same'
      ? from.host === withoutPort(host.toLowerCase(), from.defaultPort)
      : policy.some((each) => partsOf(each)?.origin === from.origin))
  return allowed ? undefined : `pages of ${origin} may not connect to this server`
}

interface OriginParts {
  readonly origin: string
  readonly host: string
  readonly defaultPort: string
}

// Origins are `scheme://host[:port]`, in lower case and without the scheme's own port as browsers write them; lists
// that people write may be less tidy. The scheme is not compared with ours: behind a proxy that ends TLS, the server
// cannot know its own.
function partsOf(text: string): OriginParts | undefined {
  const at = text.indexOf('://')
  if (at < 0) return undefined
  const scheme = text.slice(0, at).toLowerCase()
  const defaultPort = scheme === 'https' ? ':443' : ':80'
  const rest = text.slice(at + 3).toLowerCase()
  const host = withoutPort(rest.endsWith('/') ? rest.slice(0, -1) : rest, defaultPort)
  return { origin: `${scheme}://${host}`, host, defaultPort }
}

function withoutPort(host: string, port: string): string {
  return host.endsWith(port) ? host.slice(0, -port.length) : host
}

/**
 * Whether a script of a browser waits for the answer. Such a script cannot see an HTTP status, so it is refused with a
 * close code after the handshake. Every browser's name begins so; a client that pretends learns nothing by it.
 */
export function comesFromBrowser(request: UpgradeRequest): boolean {
  return request.headers['user-agent']?.startsWith('Mozilla/') === true
}

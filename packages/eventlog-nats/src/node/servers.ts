import { credsAuthenticator, type NodeConnectionOptions } from '@nats-io/transport-node'
import type { NatsLogOptions } from './options.ts'

/**
 * The client's options for `servers` and `connection`. The NATS client takes hosts and ports alone, so what a URL says of
 * user, password, token and TLS is taken out of it here; `connection` has the last word.
 *
 * Throws a `RangeError` for a URL that is none, and for two that do not agree: one connection has one user.
 */
export function connectionOptions({ servers, tls, credentials, connection }: NatsLogOptions): NodeConnectionOptions {
  const urls = (typeof servers === 'string' ? servers.split(',') : [...servers]).map(parse)
  if (urls.length === 0) throw new RangeError('servers must name at least one server')
  const first = urls[0]!
  for (const url of urls) {
    if (url.username !== first.username || url.password !== first.password || url.protocol !== first.protocol) {
      throw new RangeError('servers must have the same user, password and scheme in all their URLs')
    }
  }
  const user = text(first.username)
  const pass = text(first.password)
  const access = user === '' ? {} : pass === '' ? { token: user } : { user, pass }
  return {
    servers: urls.map(({ hostname, port }) => `${hostname}:${port || defaultPort}`),
    ...access,
    ...(tls !== undefined || first.protocol === 'tls:' ? { tls: { ...tls } } : {}),
    ...(credentials === undefined ? {} : { authenticator: credsAuthenticator(new TextEncoder().encode(credentials)) }),
    // An engine that is away comes back, however long it takes; calls say meanwhile that it is away.
    maxReconnectAttempts: -1,
    ignoreAuthErrorAbort: true,
    reconnectDelayHandler: () => 50 + Math.random() * 200,
    // One that accepts connections and says nothing is tried again.
    timeout: 3_000,
    pingInterval: 5_000,
    maxPingOut: 2,
    noAsyncTraces: true,
    ...connection,
  }
}

const defaultPort = 4222

function parse(server: string): URL {
  const text = server.trim()
  try {
    const url = new URL(/^\w+:\/\//.test(text) ? text : `nats://${text}`)
    if ((url.protocol === 'nats:' || url.protocol === 'tls:') && url.hostname !== '') return url
  } catch {
    // Said below: the message of the URL parser would repeat a password.
  }
  throw new RangeError('servers must be URLs like nats://host:4222 or tls://user:password@host:4222')
}

function text(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    throw new RangeError('servers must have user and password percent-encoded')
  }
}

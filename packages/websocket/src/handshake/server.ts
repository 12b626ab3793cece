import { acceptKey } from './accept-key.ts'
import { isBase64Of16 } from './base64.ts'
import { type ExtensionOffer, headerLines, isToken, listHas, parseExtensions, parseTokens } from './header-grammar.ts'

/** The parts of a request that the check needs, from whatever parsed it. Any header may be missing. */
export interface UpgradeHead {
  readonly method: string
  /** 'HTTP/1.1' or '1.1'. */
  readonly httpVersion: string
  /** The value of a header by its name in lower case, repeated ones joined with a comma. */
  header(name: string): string | undefined
}

/** A request that asks for a WebSocket in the right way. */
export interface UpgradeOffer {
  readonly key: string
  /** Subprotocols in the client's order of preference. */
  readonly protocols: readonly string[]
  readonly extensions: readonly ExtensionOffer[]
}

/** An HTTP answer that is not 101. */
export interface Refusal {
  readonly status: number
  readonly reason: string
  readonly headers: Readonly<Record<string, string>>
}

export function isRefusal(checked: UpgradeOffer | Refusal): checked is Refusal {
  return 'status' in checked
}

/** Method, target and version of a request, or undefined when its first line is not one. */
export function requestLine(line: string): { method: string; target: string; httpVersion: string } | undefined {
  const parts = line.split(' ')
  const [method, target, httpVersion] = parts
  if (parts.length !== 3 || !isToken(method!) || target === '' || !httpVersion!.startsWith('HTTP/')) return undefined
  return { method: method!, target: target!, httpVersion: httpVersion! }
}

function refusal(status: number, reason: string, headers: Record<string, string> = {}): Refusal {
  return { status, reason, headers }
}

/** Does the request ask for a WebSocket at all, rightly or wrongly? If not, it is somebody else's. */
export function asksForWebSocket(header: (name: string) => string | undefined): boolean {
  const upgrade = header('upgrade')
  return upgrade !== undefined && listHas(upgrade, 'websocket')
}

/** Check a client's request (RFC 6455 section 4.2.1). */
export function checkRequest(head: UpgradeHead): UpgradeOffer | Refusal {
  // "an HTTP/1.1 or higher GET request"
  if (head.method !== 'GET') return refusal(405, 'a WebSocket handshake is a GET request', { Allow: 'GET' })
  if (head.httpVersion !== '1.1' && head.httpVersion !== 'HTTP/1.1') return refusal(400, 'HTTP/1.1 is required')
  if (head.header('host') === undefined) return refusal(400, 'the Host header is missing')
  if (!asksForWebSocket((name) => head.header(name))) return refusal(400, 'the Upgrade header is not "websocket"')
  const connection = head.header('connection')
  if (connection === undefined || !listHas(connection, 'upgrade')) {
    return refusal(400, 'the Connection header does not say "Upgrade"')
  }
  // Section 4.4: a version that is not understood is answered with those that are, and 426 Upgrade Required.
  if (head.header('sec-websocket-version') !== '13') {
    return refusal(426, 'Sec-WebSocket-Version must be 13', { 'Sec-WebSocket-Version': '13', Upgrade: 'websocket' })
  }
  const key = head.header('sec-websocket-key')
  if (key === undefined || !isBase64Of16(key)) return refusal(400, 'Sec-WebSocket-Key must be 16 bytes in base64')
  const protocol = head.header('sec-websocket-protocol')
  const protocols = protocol === undefined ? [] : parseTokens(protocol)
  if (protocols === undefined) return refusal(400, 'Sec-WebSocket-Protocol is malformed')
  const extension = head.header('sec-websocket-extensions')
  const extensions = extension === undefined ? [] : parseExtensions(extension)
  if (extensions === undefined) return refusal(400, 'Sec-WebSocket-Extensions is malformed')
  return { key, protocols, extensions }
}

/** What the server agrees to. */
export interface UpgradeAnswer {
  /** One of the offered subprotocols, or undefined for none. */
  readonly protocol?: string | undefined
  /** The value of `Sec-WebSocket-Extensions`, or undefined for none. */
  readonly extensions?: string | undefined
  readonly headers?: Readonly<Record<string, string>> | undefined
}

/**
 * The 101 answer, ready to be sent as Latin-1.
 * @throws {MisuseError} for headers that cannot be sent
 */
export function acceptResponse(key: string, answer: UpgradeAnswer): string {
  const { protocol, extensions } = answer
  const own = {
    Upgrade: 'websocket',
    Connection: 'Upgrade',
    'Sec-WebSocket-Accept': acceptKey(key),
    ...(protocol === undefined ? {} : { 'Sec-WebSocket-Protocol': protocol }),
    ...(extensions === undefined ? {} : { 'Sec-WebSocket-Extensions': extensions }),
  }
  return `HTTP/1.1 101 Switching Protocols\r\n${headerLines(own)}${headerLines(answer.headers ?? {})}\r\n`
}

const STATUS_TEXT: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  426: 'Upgrade Required',
  429: 'Too Many Requests',
  500: 'Internal Server Error',
  503: 'Service Unavailable',
}

/**
 * The head of an answer that ends the connection; the body follows it.
 * @throws {MisuseError} for headers that cannot be sent
 */
export function refusalHead(status: number, bodyBytes: number, headers: Readonly<Record<string, string>>): string {
  const own = {
    Connection: 'close',
    'Content-Type': 'text/plain; charset=utf-8',
    'Content-Length': String(bodyBytes),
  }
  const names = new Set(Object.keys(headers).map((name) => name.toLowerCase()))
  const missing = Object.fromEntries(Object.entries(own).filter(([name]) => !names.has(name.toLowerCase())))
  return `HTTP/1.1 ${status} ${STATUS_TEXT[status] ?? 'Refused'}\r\n${headerLines(missing)}${headerLines(headers)}\r\n`
}

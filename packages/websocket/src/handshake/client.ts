import { MisuseError } from '../errors.ts'
import { acceptKey } from './accept-key.ts'
import { type ExtensionOffer, headerLines, isFieldValue, isToken, listHas, parseExtensions } from './header-grammar.ts'
import { fieldValue, type HttpHead } from './http-head.ts'

/** What a client asks for (RFC 6455 section 4.1). */
export interface ClientHandshake {
  /** Host and, when it is not the scheme's default, port. */
  readonly host: string
  /** Path and query, beginning with a slash. */
  readonly target: string
  /** From `newKey`. */
  readonly key: string
  /** Subprotocols in order of preference. */
  readonly protocols: readonly string[]
  /** The value of `Sec-WebSocket-Extensions`, or undefined to offer none. */
  readonly extensions?: string | undefined
  /** Further headers. */
  readonly headers?: Readonly<Record<string, string>> | undefined
}

/** Headers that the handshake writes itself. */
const OWN_HEADERS = new Set([
  'connection',
  'upgrade',
  'sec-websocket-key',
  'sec-websocket-version',
  'sec-websocket-protocol',
  'sec-websocket-extensions',
])

/**
 * The request, ready to be sent as Latin-1.
 * @throws {MisuseError} for protocols that are no tokens or repeat, and headers that cannot be sent
 */
export function clientRequest(handshake: ClientHandshake): string {
  const { host, target, key, protocols, extensions } = handshake
  if (!isFieldValue(target) || target.includes(' ') || !target.startsWith('/')) {
    throw new MisuseError(`${JSON.stringify(target)} cannot stand in a request line`)
  }
  if (!protocols.every(isToken) || new Set(protocols).size !== protocols.length) {
    throw new MisuseError(`subprotocols must be tokens, each offered once: ${JSON.stringify(protocols)}`)
  }
  const extra = handshake.headers ?? {}
  let givesHost = false
  for (const name of Object.keys(extra)) {
    if (OWN_HEADERS.has(name.toLowerCase())) throw new MisuseError(`header ${name} is written by the handshake`)
    if (name.toLowerCase() === 'host') givesHost = true
  }
  const own: Record<string, string> = {
    ...(givesHost ? {} : { Host: host }),
    Upgrade: 'websocket',
    Connection: 'Upgrade',
    'Sec-WebSocket-Key': key,
    'Sec-WebSocket-Version': '13',
    ...(protocols.length > 0 ? { 'Sec-WebSocket-Protocol': protocols.join(', ') } : {}),
    ...(extensions === undefined ? {} : { 'Sec-WebSocket-Extensions': extensions }),
  }
  return `GET ${target} HTTP/1.1\r\n${headerLines(own)}${headerLines(extra)}\r\n`
}

/** The status of a response, or undefined when the first line is not one of HTTP/1.1. */
export function responseStatus(head: HttpHead): number | undefined {
  const line = head.startLine
  if (!line.startsWith('HTTP/1.1 ') || (line.length > 12 && line.charAt(12) !== ' ')) return undefined
  const digits = line.slice(9, 12)
  const status = Number(digits)
  return digits.length === 3 && Number.isInteger(status) && status >= 100 && !digits.includes('.') ? status : undefined
}

/** What the server agreed to. */
export interface Agreement {
  /** The subprotocol, or an empty string. */
  readonly protocol: string
  readonly extensions: readonly ExtensionOffer[]
}

/**
 * Check a 101 answer against the request (RFC 6455 section 4.1, "the client MUST validate the server's response").
 * @returns what was agreed, or one sentence about what is wrong
 */
export function checkResponse(head: HttpHead, request: ClientHandshake): Agreement | string {
  const upgrade = fieldValue(head.fields, 'upgrade')
  if (upgrade === undefined || upgrade.toLowerCase() !== 'websocket') return 'the Upgrade header is not "websocket"'
  const connection = fieldValue(head.fields, 'connection')
  if (connection === undefined || !listHas(connection, 'upgrade')) return 'the Connection header is not "Upgrade"'
  if (fieldValue(head.fields, 'sec-websocket-accept') !== acceptKey(request.key)) {
    return 'Sec-WebSocket-Accept does not answer the key of the request'
  }
  const protocol = checkProtocol(fieldValue(head.fields, 'sec-websocket-protocol'), request.protocols)
  if (protocol === undefined) return 'the server chose a subprotocol that was not offered, or none of those offered'
  const extensions = checkExtensions(fieldValue(head.fields, 'sec-websocket-extensions'), request.extensions)
  if (extensions === undefined) return 'the server chose an extension that was not offered'
  return { protocol, extensions }
}

/** "if the ... subprotocol ... was not present in the client's handshake ... the client MUST _Fail_". */
function checkProtocol(chosen: string | undefined, offered: readonly string[]): string | undefined {
  // Browsers fail when they offered some and the server chose none (WHATWG WebSockets, "obtain a connection"). So do we.
  if (chosen === undefined) return offered.length === 0 ? '' : undefined
  return offered.includes(chosen) ? chosen : undefined
}

function checkExtensions(chosen: string | undefined, offered: string | undefined): ExtensionOffer[] | undefined {
  if (chosen === undefined) return []
  const names = new Set((offered === undefined ? [] : (parseExtensions(offered) ?? [])).map((offer) => offer.name))
  const extensions = parseExtensions(chosen)
  return extensions?.every((extension) => names.has(extension.name)) ? extensions : undefined
}

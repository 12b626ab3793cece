/**
 * The grammar of the header fields a handshake needs (RFC 9110 section 5.6, RFC 6455 section 9.1), by hand and in one
 * pass: peers have blocked servers with regular expressions that backtrack.
 */
import { MisuseError } from '../errors.ts'

/** tchar of RFC 9110: letters, digits and these. */
const TOKEN_SIGNS = "!#$%&'*+-.^_`|~"

function isTokenCode(code: number): boolean {
  if (code >= 0x61) return code <= 0x7a || code === 0x7c || code === 0x7e
  if (code >= 0x30 && code <= 0x39) return true
  if (code >= 0x41 && code <= 0x5a) return true
  return TOKEN_SIGNS.includes(String.fromCharCode(code))
}

/** At least one token character, and nothing else. */
export function isToken(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (!isTokenCode(text.charCodeAt(i))) return false
  return text.length > 0
}

/** Visible characters, spaces, tabs and bytes above 0x7F: no line breaks, no other controls. */
export function isFieldValue(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if ((code < 0x20 && code !== 0x09) || code === 0x7f || code > 0xff) return false
  }
  return true
}

/**
 * Headers of our own, as lines. A line break in a value would let whoever chose it write headers of their own.
 * @throws {MisuseError} for a name that is no token or a value with a control character
 */
export function headerLines(headers: Readonly<Record<string, string>>): string {
  let lines = ''
  for (const [name, value] of Object.entries(headers)) {
    if (!isToken(name)) throw new MisuseError(`${JSON.stringify(name)} is not a header name`)
    if (!isFieldValue(value)) throw new MisuseError(`the value of header ${name} holds a character that cannot be sent`)
    lines += `${name}: ${value}\r\n`
  }
  return lines
}

function isSpace(code: number): boolean {
  return code === 0x20 || code === 0x09
}

/** Without the spaces and tabs at both ends. */
export function trimSpaces(text: string): string {
  let start = 0
  let end = text.length
  while (start < end && isSpace(text.charCodeAt(start))) start++
  while (end > start && isSpace(text.charCodeAt(end - 1))) end--
  return text.slice(start, end)
}

/** Does a comma-separated field (`Connection`, `Upgrade`) have this member? Case does not matter. */
export function listHas(value: string, member: string): boolean {
  return value.split(',').some((part) => trimSpaces(part).toLowerCase() === member)
}

/**
 * A comma-separated list of tokens, as in `Sec-WebSocket-Protocol`.
 * @returns the tokens in order, or undefined when one is malformed or appears twice
 */
export function parseTokens(value: string): string[] | undefined {
  const tokens = new Set<string>()
  for (const part of value.split(',')) {
    const token = trimSpaces(part)
    // RFC 6455 section 4.1: "The elements that comprise this value MUST be non-empty strings ... and MUST all be unique".
    if (!isToken(token) || tokens.has(token)) return undefined
    tokens.add(token)
  }
  return [...tokens]
}

/** One member of `Sec-WebSocket-Extensions`: a name, and parameters in the order they came (a name may repeat). */
export interface ExtensionOffer {
  readonly name: string
  readonly parameters: readonly (readonly [name: string, value: string | undefined])[]
}

/** Walks over a header value. */
class Cursor {
  readonly #text: string
  #at = 0

  constructor(text: string) {
    this.#text = text
  }

  get done(): boolean {
    return this.#at === this.#text.length
  }

  skipSpaces(): void {
    while (!this.done && isSpace(this.#text.charCodeAt(this.#at))) this.#at++
  }

  /** Step over this sign, with spaces around it. */
  take(sign: string): boolean {
    this.skipSpaces()
    if (this.#text.charAt(this.#at) !== sign) return false
    this.#at++
    this.skipSpaces()
    return true
  }

  /** A token, or an empty string when there is none. */
  token(): string {
    const start = this.#at
    while (!this.done && isTokenCode(this.#text.charCodeAt(this.#at))) this.#at++
    return this.#text.slice(start, this.#at)
  }

  /** What stands between quotes, the opening one already taken; undefined when it is not closed. */
  quoted(): string | undefined {
    let value = ''
    while (!this.done) {
      const sign = this.#text.charAt(this.#at++)
      if (sign === '"') return value
      if (sign !== '\\') value += sign
      else if (this.done) return undefined
      else value += this.#text.charAt(this.#at++)
    }
    return undefined
  }
}

/** @returns the offers in order, or undefined when the value does not follow the grammar */
export function parseExtensions(value: string): ExtensionOffer[] | undefined {
  const cursor = new Cursor(value)
  const offers: ExtensionOffer[] = []
  cursor.skipSpaces()
  do {
    const name = cursor.token()
    if (name === '') return undefined
    const parameters: [string, string | undefined][] = []
    while (cursor.take(';')) {
      const parameter = parseParameter(cursor)
      if (parameter === undefined) return undefined
      parameters.push(parameter)
    }
    offers.push({ name, parameters })
  } while (cursor.take(','))
  return cursor.done ? offers : undefined
}

function parseParameter(cursor: Cursor): [string, string | undefined] | undefined {
  const name = cursor.token()
  if (name === '') return undefined
  if (!cursor.take('=')) return [name, undefined]
  // RFC 6455 section 9.1: "the value after quoted-string unescaping MUST conform to the 'token' ABNF".
  const value = cursor.take('"') ? cursor.quoted() : cursor.token()
  return value !== undefined && isToken(value) ? [name, value] : undefined
}

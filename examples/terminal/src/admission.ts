import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import * as z from 'zod/mini'

/** What a page sends to say who it is. It is whatever a client sends, so it is checked. */
const Credentials = z.object({
  /** Made by the page, which keeps it: 128 random bits as hex. */
  key: z.string().check(z.regex(/^[0-9a-f]{32}$/)),
  token: z.optional(z.string().check(z.maxLength(100))),
})

// Theory of operation
//
// There is one token at a time. The page that brings it is admitted, and with it the key that this page made: from then on
// the key is enough, for reloads and for connections that broke. The token is worth nothing any more, so whoever finds it
// later (in a history, in a log, on a screen) gets nowhere; another one takes its place and is told to the operator.

/** Decides who may have a shell. */
export class Admission {
  #token = newToken()
  readonly #keys = new Set<string>()
  readonly #used: (token: string) => void

  /** @param used is given the new token when one was used */
  constructor(used: (token: string) => void = () => {}) {
    this.#used = used
  }

  /** For whoever comes next. */
  get token(): string {
    return this.#token
  }

  /** Gives who it is, as a name that says nothing about the key; undefined for strangers. */
  admit(credentials: unknown): string | undefined {
    const parsed = z.safeParse(Credentials, credentials)
    if (!parsed.success) return undefined
    const { key, token } = parsed.data
    const name = createHash('sha256').update(key).digest('hex')
    if (this.#keys.has(name)) return name
    if (token === undefined || !isSame(token, this.#token)) return undefined
    this.#keys.add(name)
    this.#token = newToken()
    this.#used(this.#token)
    return name
  }
}

function newToken(): string {
  return randomBytes(18).toString('base64url')
}

/** Takes equally long for every wrong token of the right length. */
function isSame(given: string, token: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(token)]
  return a.length === b.length && timingSafeEqual(a, b)
}

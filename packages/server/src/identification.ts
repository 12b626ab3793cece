import type { AuthenticateRequest } from './options.ts'

export interface IdentificationOptions<Context> {
  readonly authenticate: ((request: AuthenticateRequest) => Context | Promise<Context>) | undefined
  readonly principal: ((client: { readonly context: Context }) => string | undefined) | undefined
  readonly expiresInMs: ((client: { readonly context: Context }) => number | undefined) | undefined
  /** A collision-resistant digest of a value, as text. */
  readonly digest: (value: unknown) => Promise<string>
}

/** Who a client is. */
export interface Identity<Context> {
  readonly context: Context
  /** Whose sessions and keys are this client's. */
  readonly owner: string
  /** Whether the application says who that is. */
  readonly named: boolean
  /** When the credentials expire, in ms from now; undefined: never. */
  readonly expiresInMs: number | undefined
}

/** Finds out who clients are. */
export class Identification<Context> {
  readonly #options: IdentificationOptions<Context>
  /** The owner of all connections without credentials. */
  #nobody: Promise<string> | undefined

  constructor(options: IdentificationOptions<Context>) {
    this.#options = options
  }

  /** Rejects with whatever is wrong with the credentials: those of which that is not known are not accepted. */
  async identify(request: AuthenticateRequest): Promise<Identity<Context>> {
    const { authenticate, digest, expiresInMs: expiry, principal } = this.#options
    const context = (await authenticate?.(request)) as Context
    const expiresInMs = expiry?.({ context })
    if (Number.isNaN(expiresInMs)) throw new TypeError(`expiresInMs must be a number, not ${expiresInMs}`)
    const name = principal?.({ context })
    const owner =
      name ?? (await (request.credentials === undefined ? this.#ownerNobody() : digest(request.credentials)))
    return { context, owner, named: name !== undefined, expiresInMs }
  }

  // Found once: thousands may connect at the same time, and each keeps the name.
  #ownerNobody(): Promise<string> {
    this.#nobody ??= this.#options.digest(undefined).catch((error: unknown) => {
      this.#nobody = undefined
      throw error
    })
    return this.#nobody
  }

  /** Whether two contexts are those of one client, as far as the application says. */
  same(one: Context, other: Context): boolean {
    const { principal } = this.#options
    return principal === undefined || principal({ context: one }) === principal({ context: other })
  }
}

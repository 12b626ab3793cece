interface Rostered {
  readonly id: string
}

/** Connections by their id, and by who their client is. Setting one again finds out anew who that is. */
export class Roster<Each extends Rostered> extends Map<string, Each> {
  readonly #principalOf: ((each: Each) => string | undefined) | undefined
  readonly #principals = new Map<Each, string>()
  readonly #byPrincipal = new Map<string, Set<Each>>()

  /** Without `principalOf` nobody is told apart. */
  constructor(principalOf: ((each: Each) => string | undefined) | undefined) {
    super()
    this.#principalOf = principalOf
  }

  /** @throws TypeError when the server does not say who a client is */
  of(principal: string): readonly Each[] {
    if (this.#principalOf === undefined) {
      throw new TypeError('connections.of: the server has no `principal` that says who a client is')
    }
    return [...(this.#byPrincipal.get(principal) ?? [])]
  }

  /** Undefined for a guest, and for one that is not here. */
  principalOf(each: Each): string | undefined {
    return this.#principals.get(each)
  }

  override set(id: string, each: Each): this {
    this.#leave(this.get(id))
    super.set(id, each)
    if (this.#principalOf !== undefined) this.#join(each, this.#principalOf(each))
    return this
  }

  override delete(id: string): boolean {
    this.#leave(this.get(id))
    return super.delete(id)
  }

  #join(each: Each, principal: string | undefined): void {
    // A guest.
    if (principal === undefined) return
    const group = this.#byPrincipal.get(principal) ?? new Set()
    group.add(each)
    this.#byPrincipal.set(principal, group)
    this.#principals.set(each, principal)
  }

  #leave(each: Each | undefined): void {
    if (each === undefined) return
    const principal = this.#principals.get(each)
    if (principal === undefined) return
    this.#principals.delete(each)
    const group = this.#byPrincipal.get(principal)
    group?.delete(each)
    if (group?.size === 0) this.#byPrincipal.delete(principal)
  }
}

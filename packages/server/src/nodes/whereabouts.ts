import type { Survey } from './survey.ts'

/** On which other nodes principals have connections. Asked when it is first needed, and believed until it proves wrong. */
export class Whereabouts {
  readonly #survey: Pick<Survey, 'ask'>
  /** The one used longest ago first. */
  readonly #known = new Map<string, Set<string>>()
  readonly #asking = new Map<string, Promise<string | undefined>>()

  constructor(survey: Pick<Survey, 'ask'>) {
    this.#survey = survey
  }

  /** A node that holds the principal; undefined when none says so. */
  one(principal: string): Promise<string | undefined> {
    const known = this.#known.get(principal)
    if (known !== undefined) {
      this.#remember(principal, known)
      return Promise.resolve([...known][0])
    }
    let asking = this.#asking.get(principal)
    if (asking === undefined) {
      asking = this.#find(principal, isHolder)
        .then(([node]) => node)
        .finally(() => this.#asking.delete(principal))
      this.#asking.set(principal, asking)
    }
    return asking
  }

  /** All nodes that hold it, as they say now. */
  all(principal: string): Promise<readonly string[]> {
    return this.#find(principal)
  }

  /** A node does not hold the principal any more. */
  isNot(principal: string, node: string): void {
    const known = this.#known.get(principal)
    known?.delete(node)
    if (known?.size === 0) this.#known.delete(principal)
  }

  gone(node: string): void {
    for (const principal of [...this.#known.keys()]) this.isNot(principal, node)
  }

  async #find(principal: string, enough?: (answer: unknown) => boolean): Promise<string[]> {
    const { answers } = await this.#survey.ask('where', principal, enough)
    const nodes = [...answers].filter(([, answer]) => isHolder(answer)).map(([node]) => node)
    if (nodes.length > 0) this.#remember(principal, new Set(nodes))
    return nodes
  }

  #remember(principal: string, nodes: Set<string>): void {
    this.#known.delete(principal)
    this.#known.set(principal, nodes)
    if (this.#known.size <= mostKnown) return
    for (const [oldest] of this.#known) {
      this.#known.delete(oldest)
      return
    }
  }
}

/** What another node says is looked at before it is believed. */
export function isHolder(answer: unknown): answer is number {
  return Number.isSafeInteger(answer) && (answer as number) > 0
}

/** Principals; about 200 bytes each. */
const mostKnown = 10_000

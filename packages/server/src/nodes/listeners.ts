import type { Clock, ListenersOptions, TopicListeners } from '@wirepact/peer'
import type { Survey } from './survey.ts'

/** Who listens to a topic on one node. */
export interface LocalListeners {
  readonly count: number
  readonly principals: readonly string[]
}

interface Known {
  readonly at: number
  readonly findings: Promise<Omit<TopicListeners, 'ageMs'>>
}

/** Asks all nodes who listens, and remembers it for a moment. */
export class Listeners {
  readonly #node: string
  readonly #clock: Clock
  readonly #survey: Pick<Survey, 'ask'> | undefined
  readonly #local: (key: string) => LocalListeners
  /** The oldest first. */
  readonly #known = new Map<string, Known>()

  /** @param survey none where there are no other nodes */
  constructor(
    node: string,
    clock: Clock,
    survey: Pick<Survey, 'ask'> | undefined,
    local: (key: string) => LocalListeners,
  ) {
    this.#node = node
    this.#clock = clock
    this.#survey = survey
    this.#local = local
  }

  async of(key: string, { maxAgeMs = defaultMaxAgeMs }: ListenersOptions = {}): Promise<TopicListeners> {
    if (!(maxAgeMs >= 0)) throw new RangeError(`maxAgeMs must be 0 or more, not ${maxAgeMs}`)
    const now = this.#clock.now()
    let known = this.#known.get(key)
    if (known === undefined || now - known.at > maxAgeMs || maxAgeMs === 0) {
      known = { at: now, findings: this.#ask(key) }
      this.#remember(key, known)
    }
    const findings = await known.findings
    return { ...findings, ageMs: this.#clock.now() - known.at }
  }

  async #ask(key: string): Promise<Omit<TopicListeners, 'ageMs'>> {
    const { answers, complete } = (await this.#survey?.ask('listeners', key)) ?? { answers: new Map(), complete: true }
    // Our own last: it is as fresh as the others then.
    const found = [[this.#node, this.#local(key)] as const, ...answers]
    const principals = new Set<string>()
    const nodes: { node: string; count: number }[] = []
    for (const [node, answer] of found) {
      if (!isListeners(answer) || answer.count === 0) continue
      nodes.push({ node, count: answer.count })
      for (const principal of answer.principals) principals.add(principal)
    }
    return {
      count: nodes.reduce((sum, { count }) => sum + count, 0),
      principals: [...principals],
      nodes,
      complete,
    }
  }

  #remember(key: string, known: Known): void {
    this.#known.delete(key)
    this.#known.set(key, known)
    // What could not be found out is not remembered.
    known.findings.catch(() => {
      if (this.#known.get(key) === known) this.#known.delete(key)
    })
    for (const oldest of this.#known.keys()) {
      if (this.#known.size <= mostKnown) return
      this.#known.delete(oldest)
    }
  }
}

/** Another node's answer is what it says; it is looked at before it is believed. */
function isListeners(answer: unknown): answer is LocalListeners {
  if (typeof answer !== 'object' || answer === null) return false
  const { count, principals } = answer as Partial<LocalListeners>
  if (!Number.isSafeInteger(count) || (count as number) < 0 || !Array.isArray(principals)) return false
  return principals.every((each) => typeof each === 'string')
}

const defaultMaxAgeMs = 2_000
const mostKnown = 256

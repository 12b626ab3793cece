import type { Clock, Incidents } from '@wirepact/peer'
import { defaultTimeoutMs, WirepactError } from '@wirepact/protocol'
import type { Bus } from './bus.ts'
import type { Directory } from './directory.ts'
import type { Membership } from './membership.ts'
import type { Answer, Ask, Question } from './message.ts'

export interface SurveyOptions {
  readonly bus: Bus
  readonly directory: Directory
  readonly membership: Membership
  readonly clock: Clock
  readonly incidents: Incidents
  /** What this node answers; later, where that is a promise. */
  readonly answer: (about: Question, subject: string) => unknown
}

/** What the nodes answered. */
export interface Findings {
  readonly answers: ReadonlyMap<string, unknown>
  /** Whether every node that is there has answered. */
  readonly complete: boolean
}

interface Asked {
  readonly answers: Map<string, unknown>
  /** To this node alone; undefined: to all. */
  readonly node: string | undefined
  readonly enough: (answer: unknown) => boolean
  readonly resolve: (findings: Findings) => void
  readonly reject: (error: unknown) => void
  readonly stopTimer: () => void
}

/** Asks the other nodes, and gathers what they answer. */
export class Survey {
  readonly #options: SurveyOptions
  readonly #asked = new Map<number, Asked>()
  #ids = 0
  /** Answers that are being made for others. */
  #answering = 0

  constructor(options: SurveyOptions) {
    this.#options = options
  }

  /**
   * Asks all of them. Resolves when all that are there have answered, one has said `enough`, or `patienceMs` are over.
   * Rejects with `unavailable` when the log is away.
   */
  ask(about: Question, subject: string, enough: (answer: unknown) => boolean = never): Promise<Findings> {
    return this.#begin(undefined, about, subject, enough, patienceMs)
  }

  /** Asks one. Resolves when it has answered or is gone, or, not complete, when `patienceOfOneMs` are over. */
  askOne(node: string, about: Question, subject: string): Promise<Findings> {
    return this.#begin(node, about, subject, never, patienceOfOneMs)
  }

  answered({ id, from, answer }: Answer): void {
    const asked = this.#asked.get(id)
    if (asked === undefined || (asked.node ?? from) !== from || asked.answers.size >= mostAnswers) return
    asked.answers.set(from, answer)
    if (asked.enough(answer)) this.#settle(id, asked)
    else this.#check(id, asked)
  }

  /** Who is there has changed: a node that is gone will not answer. */
  review(): void {
    for (const [id, asked] of [...this.#asked]) this.#check(id, asked)
  }

  /** Another node asks this one. */
  asked({ id, from, about, subject }: Ask): void {
    const { answer, incidents } = this.#options
    const found = answer(about, subject)
    if (!(found instanceof Promise)) return this.#reply(from, id, found)
    // A flood of questions that wait is not waited for: who asked looks again by itself.
    if (this.#answering >= mostAnswering) return
    this.#answering++
    found
      .then(
        (value) => this.#reply(from, id, value),
        (error: unknown) => incidents.report('bus-failed', about, error),
      )
      .finally(() => {
        this.#answering--
      })
  }

  stop(): void {
    for (const [id, { reject }] of [...this.#asked]) {
      this.#forget(id)
      reject(new WirepactError('unavailable', 'the server is closing'))
    }
  }

  #begin(
    node: string | undefined,
    about: Question,
    subject: string,
    enough: (answer: unknown) => boolean,
    withinMs: number,
  ): Promise<Findings> {
    const { bus, clock } = this.#options
    if (this.#asked.size >= mostAsked) {
      return Promise.reject(new WirepactError('resource-exhausted', `${mostAsked} questions to other nodes are open`))
    }
    const id = ++this.#ids
    return new Promise((resolve, reject) => {
      const stopTimer = clock.schedule(withinMs, () => this.#settle(id, asked))
      const asked: Asked = { answers: new Map(), node, enough, resolve, reject, stopTimer }
      this.#asked.set(id, asked)
      const said = { kind: 'ask', id, about, subject } as const
      const sent = node === undefined ? bus.toAll(said) : bus.to(node, said)
      sent.then(
        () => this.#check(id, asked),
        (error: unknown) => {
          this.#forget(id)
          reject(error)
        },
      )
    })
  }

  #check(id: number, asked: Asked): void {
    if (this.#asked.get(id) === asked && this.#isComplete(asked)) this.#settle(id, asked)
  }

  #isComplete({ answers, node }: Asked): boolean {
    const { directory, membership } = this.#options
    if (!membership.warm) return false
    if (node !== undefined) return answers.size > 0 || !directory.has(node)
    for (const { id } of directory.values()) if (!answers.has(id)) return false
    return true
  }

  #settle(id: number, asked: Asked): void {
    if (!this.#forget(id)) return
    asked.resolve({ answers: asked.answers, complete: this.#isComplete(asked) })
  }

  #forget(id: number): boolean {
    this.#asked.get(id)?.stopTimer()
    return this.#asked.delete(id)
  }

  #reply(to: string, id: number, answer: unknown): void {
    // Who asked does not wait for ever, and the bus says that the log is away.
    this.#options.bus.to(to, { kind: 'answer', id, answer }).catch(() => {})
  }
}

function never(): boolean {
  return false
}

/** How long nodes have for their answer. */
const patienceMs = 1_000
/** An answer may be lost while its node lives, or never be given; nobody waits longer for a run than a call does. */
const patienceOfOneMs = defaultTimeoutMs
/** Of one question: more than there are nodes. */
const mostAnswers = 2_048
const mostAsked = 10_000
const mostAnswering = 1_000

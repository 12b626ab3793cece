import type { Clock } from '@wirepact/peer'

/**
 * Whether new clients should be sent to a server, and otherwise why not: `because` is fit for strangers' eyes, `error` is what
 * the log said, and is not.
 */
export type Readiness =
  | { readonly isReady: true }
  | { readonly isReady: false; readonly because: string; readonly error?: unknown }

export const goingAway: Readiness = { isReady: false, because: 'the server drains or closes' }

function unready(because: string, error?: unknown): Readiness {
  return { isReady: false, because, ...(error === undefined ? {} : { error }) }
}

/** Asks a log whether it is there: a balancer that asks often must not become its load. */
export class LogProbe {
  readonly #look: () => unknown
  readonly #clock: Clock
  #asked: { readonly at: number; readonly readiness: Promise<Readiness> } | undefined

  /** @param look asks for anything; throws or rejects when the log is away */
  constructor(look: () => unknown, clock: Clock) {
    this.#look = look
    this.#clock = clock
  }

  ask(): Promise<Readiness> {
    const now = this.#clock.now()
    if (this.#asked === undefined || now - this.#asked.at >= everyMs) {
      this.#asked = { at: now, readiness: this.#probe() }
    }
    return this.#asked.readiness
  }

  async #probe(): Promise<Readiness> {
    let stopTimer = () => {}
    const late = new Promise<Readiness>((resolve) => {
      const text = `the log did not answer within ${patienceMs} ms`
      stopTimer = this.#clock.schedule(patienceMs, () => resolve(unready(text)))
    })
    try {
      return await Promise.race([this.#head(), late])
    } finally {
      stopTimer()
    }
  }

  async #head(): Promise<Readiness> {
    try {
      await this.#look()
      return { isReady: true }
    } catch (error) {
      return unready('the log is away', error)
    }
  }
}

const everyMs = 1_000
const patienceMs = 1_000

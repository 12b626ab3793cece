import type { Clock } from './clock.ts'

/**
 * How much may happen per second, and how much at once: over any time of t seconds never more than `burst` + t ·
 * `perSecond`, and never less than that is allowed.
 */
export class TokenBucket {
  readonly #clock: Clock
  readonly #perMs: number
  readonly #burst: number
  #tokens: number
  #filledAt: number

  /** @param perSecond above 0 @param burst 1 or more: what is there at the beginning, and the most that gathers */
  constructor(clock: Clock, perSecond: number, burst: number) {
    this.#clock = clock
    this.#perMs = perSecond / 1000
    this.#burst = burst
    this.#tokens = burst
    this.#filledAt = clock.now()
  }

  /** What may be taken now; below 0 what was taken too much. */
  get tokens(): number {
    const now = this.#clock.now()
    this.#tokens = Math.min(this.#burst, this.#tokens + (now - this.#filledAt) * this.#perMs)
    this.#filledAt = now
    return this.#tokens
  }

  /** Takes so many if they are there; otherwise nothing. */
  take(count: number): boolean {
    if (this.tokens < count - grain) return false
    this.#tokens -= count
    return true
  }

  /** Takes so many, there or not: what has happened cannot be refused any more. Returns what is left, or the debt. */
  spend(count: number): number {
    this.#tokens = this.tokens - count
    return this.#tokens
  }

  /** How long until so many are there, in whole ms; 0 when they are. */
  waitMs(count: number): number {
    return Math.max(0, Math.ceil((count - this.tokens - grain) / this.#perMs))
  }
}

/** Sums of fractions are not exact: who waited for as long as it was told must not be a billionth short. */
const grain = 1e-6

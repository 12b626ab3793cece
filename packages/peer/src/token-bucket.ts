import type { Clock } from './clock.ts'

/**
 * How much may happen per second, and how much at once: over any time of t seconds never more than `burst` + t ·
 * `perSecond`.
 *
 * A large bucket does not look at the clock for each token, which would cost more than all the rest: a small part of what
 * is there may be taken without. So that this never adds up to more than allowed, as much less gathers again.
 */
export class TokenBucket {
  readonly #clock: Clock
  readonly #perMs: number
  /** What gathers at most: the burst without the part that is taken unseen. */
  readonly #most: number
  readonly #unseen: number
  #tokens: number
  /** Of the tokens, those that may be taken without a look at the clock. */
  #ahead: number
  #filledAt: number

  /** @param perSecond above 0 @param burst 1 or more: what is there at the beginning */
  constructor(clock: Clock, perSecond: number, burst: number) {
    this.#clock = clock
    this.#perMs = perSecond / 1000
    this.#unseen = Math.floor(burst / 64)
    this.#most = burst - this.#unseen
    this.#tokens = burst
    this.#ahead = this.#unseen
    this.#filledAt = clock.now()
  }

  /** What may be taken now; below 0 what was taken too much. */
  get tokens(): number {
    const now = this.#clock.now()
    const gathered = Math.min(this.#most, this.#tokens + (now - this.#filledAt) * this.#perMs)
    this.#tokens = Math.max(this.#tokens, gathered)
    this.#filledAt = now
    return this.#tokens
  }

  /** Takes so many if they are there; otherwise nothing. */
  take(count: number): boolean {
    if (count > this.#ahead && this.tokens < count - grain) return false
    this.spend(count)
    return true
  }

  /** Takes so many, there or not: what has happened cannot be refused any more. Returns what is left, or the debt. */
  spend(count: number): number {
    if (count <= this.#ahead) {
      this.#ahead -= count
      this.#tokens -= count
      return this.#tokens
    }
    const left = this.tokens - count
    this.#tokens = left
    this.#ahead = Math.max(0, Math.min(this.#unseen, left))
    return left
  }

  /** How long until so many are there, in whole ms; 0 when they are. */
  waitMs(count: number): number {
    return Math.max(0, Math.ceil((count - this.tokens - grain) / this.#perMs))
  }
}

/** Sums of fractions are not exact: who waited for as long as it was told must not be a billionth short. */
const grain = 1e-6

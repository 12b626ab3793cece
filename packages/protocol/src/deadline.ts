/**
 * Deadlines of many calls behind one timer.
 *
 * Nearly every call settles long before its deadline, so what must be cheap is adding one and forgetting it: both are
 * a comparison here. `next` is a lower bound of all pending deadlines. When it passes, the owner walks its pending
 * calls once and reports what remains through `begin` and `keep`. Deadlines are rounded up to `granularityMs`, so a
 * walk happens at most once per that time, however the deadlines are spread.
 */
export class DeadlineScan {
  /** The time (ms, the session's clock) at or after which a walk is due; Infinity when nothing is pending. */
  next = Number.POSITIVE_INFINITY
  readonly #granularityMs: number

  constructor(granularityMs = 8) {
    this.#granularityMs = granularityMs
  }

  /** Takes note of a deadline `timeoutMs` from `now` and returns it; 0 means none. */
  add(now: number, timeoutMs: number): number {
    if (timeoutMs === 0) return Number.POSITIVE_INFINITY
    const granularity = this.#granularityMs
    // Rounded up: a call may end late by the granularity, never early.
    const at = Math.ceil((now + timeoutMs) / granularity) * granularity
    if (at < this.next) this.next = at
    return at
  }

  /** Starts a walk over what is pending: until `keep` says otherwise, nothing is. */
  begin(): void {
    this.next = Number.POSITIVE_INFINITY
  }

  /** Says that a deadline is still pending after the walk. */
  keep(at: number): void {
    if (at < this.next) this.next = at
  }
}

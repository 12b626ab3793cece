import { type Failure, Kind, type SubscribeMessage, type UnsubscribedMessage } from '@wirepact/protocol'
import type { Clock } from './clock.ts'
import { TokenBucket } from './token-bucket.ts'

/** Per second; 0 for no limit. */
export interface RateLimits {
  readonly callsPerSecond: number
  readonly subscriptionsPerSecond: number
  readonly cancelsPerSecond: number
  readonly pingsPerSecond: number
}

/** How often the other side may ask for something. What it may do per second it may do twice of at once. */
export class Rates {
  readonly #calls: TokenBucket | undefined
  readonly #subscriptions: TokenBucket | undefined
  readonly #cancels: TokenBucket | undefined
  readonly #pings: TokenBucket | undefined

  constructor(clock: Clock, limits: RateLimits) {
    this.#calls = bucketOf(clock, limits.callsPerSecond)
    this.#subscriptions = bucketOf(clock, limits.subscriptionsPerSecond)
    this.#cancels = bucketOf(clock, limits.cancelsPerSecond)
    this.#pings = bucketOf(clock, limits.pingsPerSecond)
  }

  /** How long until it may call again, in ms; 0: now, and this call counts. */
  call(): number {
    return waitOf(this.#calls)
  }

  /** Likewise for subscriptions. */
  subscribe(): number {
    return waitOf(this.#subscriptions)
  }

  /** Whether a call may be cancelled now; it runs on otherwise, up to its deadline. */
  cancel(): boolean {
    return this.#cancels?.take(1) ?? true
  }

  /** Whether a ping is answered. */
  ping(): boolean {
    return this.#pings?.take(1) ?? true
  }
}

/** @param perSecond 0 for no limit; twice as many at once */
export function bucketOf(clock: Clock, perSecond: number): TokenBucket | undefined {
  return perSecond === 0 ? undefined : new TokenBucket(clock, perSecond, perSecond * 2)
}

function waitOf(bucket: TokenBucket | undefined): number {
  return bucket === undefined || bucket.take(1) ? 0 : bucket.waitMs(1)
}

/** The answer to a subscribe that comes too often; undefined when it may be looked at. */
export function refusalOf({ id }: SubscribeMessage, rates: Rates): UnsubscribedMessage | undefined {
  const retryAfterMs = rates.subscribe()
  if (retryAfterMs === 0) return undefined
  const { code, message } = tooOften('subscriptions', retryAfterMs)
  return { kind: Kind.unsubscribed, id, code, message, retryAfterMs }
}

/** What somebody is told who asks too often. */
export function tooOften(what: 'calls' | 'subscriptions', retryAfterMs: number): Failure {
  const message = `too many ${what} per second (${what}PerSecond); again after ${retryAfterMs} ms`
  return { code: 'resource-exhausted', message, data: { retryAfterMs } }
}

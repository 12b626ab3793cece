import { type Failure, Kind, type Session, type SubscribeMessage, type UnsubscribedMessage } from '@wirepact/protocol'
import type { Clock } from './clock.ts'
import { LatePong } from './late-pong.ts'
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
  readonly #clock: Clock
  readonly #limits: RateLimits
  // Made when something is counted for the first time: a bucket is full then.
  #calls: TokenBucket | undefined
  #subscriptions: TokenBucket | undefined
  #cancels: TokenBucket | undefined
  #pings: TokenBucket | undefined
  /** Made when a ping has to wait for the first time. */
  #late: LatePong | undefined

  constructor(clock: Clock, limits: RateLimits) {
    this.#clock = clock
    this.#limits = limits
  }

  /** Why it may not call now; undefined when it may, and this call counts. */
  call(): Failure | undefined {
    this.#calls ??= bucketOf(this.#clock, this.#limits.callsPerSecond)
    return refusalOf(this.#calls, 'calls')
  }

  /** The answer to a subscribe that comes too often; undefined when it may be looked at. */
  subscribe({ id }: SubscribeMessage): UnsubscribedMessage | undefined {
    this.#subscriptions ??= bucketOf(this.#clock, this.#limits.subscriptionsPerSecond)
    const failure = refusalOf(this.#subscriptions, 'subscriptions')
    if (failure === undefined) return undefined
    const { code, message, data } = failure
    return { kind: Kind.unsubscribed, id, code, message, retryAfterMs: data.retryAfterMs }
  }

  /** Whether a call may be cancelled now; it runs on otherwise, up to its deadline. */
  cancel(): boolean {
    this.#cancels ??= bucketOf(this.#clock, this.#limits.cancelsPerSecond)
    return this.#cancels?.take(1) ?? true
  }

  /** Whether a ping is answered now; of those that are not, the latest is as soon as it may be. */
  ping(session: Session, nonce: number): boolean {
    this.#pings ??= bucketOf(this.#clock, this.#limits.pingsPerSecond)
    // While one waits no other may be ahead of it: the answer to an older one would come last.
    if (this.#pings === undefined || (this.#late?.waiting !== true && this.#pings.take(1))) return true
    this.#late ??= new LatePong(this.#clock, this.#pings, session)
    this.#late.owe(nonce)
    return false
  }
}

/** @param perSecond 0 for no limit; twice as many at once */
export function bucketOf(clock: Clock, perSecond: number): TokenBucket | undefined {
  return perSecond === 0 ? undefined : new TokenBucket(clock, perSecond, perSecond * 2)
}

interface Refusal extends Failure {
  readonly data: { readonly retryAfterMs: number }
}

function refusalOf(bucket: TokenBucket | undefined, what: 'calls' | 'subscriptions'): Refusal | undefined {
  if (bucket === undefined || bucket.take(1)) return undefined
  const retryAfterMs = bucket.waitMs(1)
  const message = `too many ${what} per second (${what}PerSecond); again after ${retryAfterMs} ms`
  return { code: 'resource-exhausted', message, data: { retryAfterMs } }
}

import { WirepactError } from '@wirepact/protocol'
import type { SubscriptionListener } from './wire-subscription.ts'

/** Something that hears events until it is told to stop. */
export interface Listening {
  /** Stops at once: not even what is on its way will be heard. */
  unsubscribe(): void
  [Symbol.dispose](): void
}

/** A subscription to one topic. It outlives connections: after each reconnect it carries on from where it stood. */
export interface Subscription extends Listening {
  /**
   * Settles when the server has taken the subscription for the first time, or with the reason it refused; `cancelled`
   * when it was ended before that. Nobody has to look at it.
   */
  readonly ready: Promise<void>
}

/** Starts to listen; the returned function stops it. */
export type Listen = (listener: SubscriptionListener) => () => void

/** What a subscriber hears: it knows its topic, and `ready` is a promise here. */
export interface Hearing extends Omit<SubscriptionListener, 'ready' | 'next'> {
  next(payload: unknown): void
}

/** Listens until told to stop, or until the signal is aborted, which is the same. */
export function openSubscription(listen: Listen, hearing: Hearing, signal?: AbortSignal): Subscription {
  let stop: (() => void) | undefined
  let over = false
  let stands: () => void = () => {}
  let fails: (error: unknown) => void = stands
  const ready = new Promise<void>((resolve, reject) => {
    stands = resolve
    fails = reject
  })
  // The subscriber also hears it from `ended`; a promise that nobody asked for must not end a process.
  ready.catch(() => {})
  const end = (error: unknown) => {
    over = true
    signal?.removeEventListener('abort', unsubscribe)
    fails(error)
  }
  const unsubscribe = () => {
    if (over) return
    end(new WirepactError('cancelled', 'the subscriber unsubscribed', { cause: signal?.reason }))
    stop?.()
  }
  const subscription = Object.freeze({ ready, unsubscribe, [Symbol.dispose]: unsubscribe })
  signal?.addEventListener('abort', unsubscribe)
  if (signal?.aborted === true) {
    unsubscribe()
    return subscription
  }
  stop = listen({
    next: (payload) => hearing.next(payload),
    gap: (gap) => hearing.gap?.(gap),
    dropped: (count) => hearing.dropped?.(count),
    snapshot: (value) => hearing.snapshot?.(value),
    ready: stands,
    ended: (error) => {
      end(error ?? new WirepactError('cancelled', 'the client was closed'))
      hearing.ended?.(error)
    },
  })
  // Somebody may have unsubscribed while `listen` ran.
  if (over) stop()
  return subscription
}

import { WirepactError } from '@wirepact/protocol'
import { type Listen, openSubscription, type Subscription } from './subscription.ts'
import { ValueQueue } from './value-queue.ts'
import type { Gap } from './wire-subscription.ts'

/**
 * The events of one topic, to loop over once. It listens from the moment it is made: leaving the loop ends that, and
 * so does `using`, for one that no loop ever reads.
 */
export interface EventIterator<Payload> extends AsyncIterableIterator<Payload, undefined> {
  /** As for a subscription. */
  readonly ready: Promise<void>
  return(): Promise<IteratorResult<Payload, undefined>>
  [Symbol.dispose](): void
}

export interface EventIteratorOptions {
  /** Names the event in messages. */
  readonly name: string
  /** Payloads that may wait for the loop. @default 1,024 */
  readonly maxQueued?: number | undefined
  /** Hears of gaps. Without it a gap ends the loop with an error: a loop has no other way to tell. */
  readonly gap?: ((gap: Gap) => void) | undefined
  /** Hears how many events were left out. */
  readonly dropped?: ((count: number) => void) | undefined
  readonly snapshot?: ((value: unknown) => void) | undefined
  readonly signal?: AbortSignal | undefined
}

const defaultMaxQueued = 1_024

/** Listens, and keeps what comes until it is asked for. */
export function iterateEvents(listen: Listen, options: EventIteratorOptions): EventIterator<unknown> {
  const { name, maxQueued = defaultMaxQueued, gap: hearGap, dropped, snapshot, signal } = options
  const queue = new ValueQueue()
  let subscription: Subscription | undefined
  let isOver = false
  const stop = () => {
    isOver = true
    signal?.removeEventListener('abort', abort)
    subscription?.unsubscribe()
  }
  const end = (error: unknown) => {
    queue.finish(error)
    stop()
  }
  const abort = () => {
    queue.clear()
    end(new WirepactError('cancelled', `the loop over ${name} was aborted`, { cause: signal?.reason }))
  }
  const leave = () => {
    queue.abandon()
    stop()
  }
  signal?.addEventListener('abort', abort)
  if (signal?.aborted === true) abort()
  subscription = openSubscription(
    listen,
    {
      next: (payload) => (queue.length < maxQueued ? queue.push(payload) : end(tooSlow(name, maxQueued))),
      gap: (gap) => (hearGap === undefined ? end(unheardGap(name, gap)) : hearGap(gap)),
      dropped: (count) => dropped?.(count),
      snapshot: (value) => snapshot?.(value),
      ended: end,
    },
    signal,
  )
  // Something may have ended it while it was being opened.
  if (isOver) subscription.unsubscribe()
  return Object.freeze({
    ready: subscription.ready,
    next: () => queue.take(),
    return() {
      leave()
      return queue.take()
    },
    [Symbol.asyncIterator]() {
      return this
    },
    [Symbol.dispose]: leave,
  })
}

function tooSlow(name: string, maxQueued: number): WirepactError {
  const text = `the loop over ${name} is too slow: ${maxQueued} events wait for it (maxQueued)`
  return new WirepactError('resource-exhausted', text)
}

function unheardGap(name: string, gap: Gap): WirepactError {
  const text = `events of ${name} were missed (${gap.reason}); pass { gap } to carry on`
  return new WirepactError('gap', text, { data: gap })
}

import type { EventEntry, SlowPolicy } from '@wirepact/contract'

/** What a binding does with events that its connection has no room for. */
export interface Slowness {
  readonly policy: SlowPolicy
  /** For `latest`: what an event is the newest of. @default all events have the same key */
  readonly keyOf: ((payload: unknown) => string) | undefined
}

/** What the subscriber asked for, or else what the contract says. A name that is not known counts as not asked. */
export function slownessOf({ definition }: EventEntry, asked: string | undefined): Slowness {
  const { whenSlow = 'catchup' } = definition
  const declared = typeof whenSlow === 'object' ? 'latest' : whenSlow
  return {
    policy: policies.find((policy) => policy === asked) ?? declared,
    keyOf: typeof whenSlow === 'object' ? (whenSlow.latest as (payload: unknown) => string) : undefined,
  }
}

const policies: readonly SlowPolicy[] = ['catchup', 'latest', 'drop', 'close']

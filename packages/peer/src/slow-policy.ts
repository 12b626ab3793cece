import type { EventEntry, SlowPolicy } from '@wirepact/contract'
import { WirepactError } from '@wirepact/protocol'

/** What a binding does with events that its connection has no room for. */
export interface Slowness {
  readonly policy: SlowPolicy
  /** For `latest`: what an event is the newest of. @default all events have the same key */
  readonly keyOf: ((payload: unknown) => string) | undefined
}

/**
 * What the subscriber asked for, or else what the contract says.
 * @throws WirepactError `invalid-input` for a policy that there is none of: one that guesses would lose events by it
 */
export function slownessOf({ definition }: EventEntry, asked: string | undefined): Slowness {
  const { whenSlow = 'catchup' } = definition
  const declared = typeof whenSlow === 'object' ? 'latest' : whenSlow
  const policy = asked === undefined ? declared : known(asked)
  if (typeof whenSlow !== 'object') return withoutKeys[policy]
  return { policy, keyOf: whenSlow.latest as (payload: unknown) => string }
}

function known(asked: string): SlowPolicy {
  const policy = policies.find((each) => each === asked)
  if (policy !== undefined) return policy
  throw new WirepactError('invalid-input', `there is no policy ${asked}: it is one of ${policies.join(', ')}`)
}

// One for all subscriptions, of which there are many.
const withoutKeys: Readonly<Record<SlowPolicy, Slowness>> = {
  catchup: { policy: 'catchup', keyOf: undefined },
  latest: { policy: 'latest', keyOf: undefined },
  drop: { policy: 'drop', keyOf: undefined },
  close: { policy: 'close', keyOf: undefined },
}

const policies: readonly SlowPolicy[] = ['catchup', 'latest', 'drop', 'close']

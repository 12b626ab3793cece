// Theory of operation
//
// A connector is always in one of five states, and one function changes them:
//
//   idle ──start──▶ trying ──welcome──▶ up
//                     ▲  │ failed        │ lost
//                     │  ▼               │
//                    resting ◀───────────┘        any ──close, or a final refusal──▶ closed
//
// `trying` lasts from dialling to the server's welcome and has a deadline. `resting` waits for the back-off's delay, or,
// while the platform says there is no network, for a wake-up. Calls and subscriptions do not know of any of this: the
// caller and the subscriber hold them, and are told when a session stands and when it is gone.
/** Where a connector stands. */
export type LinkPhase = 'idle' | 'trying' | 'up' | 'resting' | 'closed'

/** Where it can go from there. */
export const linkTransitions: Record<LinkPhase, readonly LinkPhase[]> = {
  idle: ['trying', 'closed'],
  trying: ['up', 'resting', 'closed'],
  up: ['resting', 'closed'],
  resting: ['trying', 'closed'],
  closed: [],
}

// Theory of operation
//
// A connector is always in one of six states, and one function changes them:
//
//   idle ──start──▶ trying ──welcome──▶ up ◀──welcome, or refused for good── moving
//                     ▲  │ failed        │ └────────asked to go────────────────▶│
//                     │  ▼               │ lost                                 │ lost
//                    resting ◀───────────┴──────────────────────────────────────┘
//
//   any ──close, or a final refusal──▶ closed
//
// `trying` lasts from dialling to the server's welcome and has a deadline. `resting` waits for the back-off's delay, or,
// while the platform says there is no network, for a wake-up. `moving` is up, and looks for another connection at the
// same time, with the same deadline and the same back-off: the server asked us to go. When that stands, with a session
// of its own, the one before it is retired: it finishes what it carries. Calls and subscriptions do not know of any of
// this: the caller and the subscriber hold them, and are told when a session stands and when it is gone.
/** Where a connector stands. */
export type LinkPhase = 'idle' | 'trying' | 'up' | 'moving' | 'resting' | 'closed'

/** Where it can go from there. */
export const linkTransitions: Record<LinkPhase, readonly LinkPhase[]> = {
  idle: ['trying', 'closed'],
  trying: ['up', 'resting', 'closed'],
  up: ['moving', 'resting', 'closed'],
  moving: ['up', 'resting', 'closed'],
  resting: ['trying', 'closed'],
  closed: [],
}

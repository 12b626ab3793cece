/** How a session stands with channels. */
export type Phase = 'detached' | 'attached' | 'ended'

const transitions: Record<Phase, readonly Phase[]> = {
  detached: ['attached', 'ended'],
  attached: ['detached', 'ended'],
  ended: [],
}

/** @throws Error for a way that there is not */
export function nextPhase(from: Phase, to: Phase): Phase {
  if (!transitions[from].includes(to)) throw new Error(`a session cannot go from ${from} to ${to}`)
  return to
}

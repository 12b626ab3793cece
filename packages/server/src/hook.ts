import type { Incidents } from '@wirepact/peer'

/** Calls what the application gave us. What it throws is the application's to know, and no reason to end a session. */
export function runHook(incidents: Incidents, name: string, hook: () => unknown): void {
  try {
    watchHook(incidents, name, hook())
  } catch (error) {
    incidents.report('session-hook-failed', name, error)
  }
}

/** A hook may be an asynchronous function, for a type that returns nothing allows that; its failure ends no process. */
export function watchHook(incidents: Incidents, name: string, returned: unknown): void {
  if (!(returned instanceof Promise)) return
  returned.catch((error: unknown) => incidents.report('session-hook-failed', name, error))
}

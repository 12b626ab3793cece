import type { Target } from './target.ts'

/** What came of one attack. */
export interface Finding {
  /** `held`: the server did what it should. `broken`: it did not. `skipped`: there was nothing to attack. */
  readonly outcome: 'held' | 'broken' | 'skipped'
  /** What happened, for people. */
  readonly seen: string
}

/** One threat, and how it is tried. */
export interface Attack {
  /** Short and fixed: `--only` and tests name it. */
  readonly name: string
  /** What an attacker hopes for. */
  readonly threat: string
  /** It waits for the server's own deadlines: several such are tried at the same time. */
  readonly patient?: boolean
  readonly run: (target: Target) => Promise<Finding>
}

export function held(seen: string): Finding {
  return { outcome: 'held', seen }
}

export function broken(seen: string): Finding {
  return { outcome: 'broken', seen }
}

export function skipped(seen: string): Finding {
  return { outcome: 'skipped', seen }
}

/** The worst of several: what is broken, or else what was skipped, or else that all held. */
export function worst(findings: readonly Finding[], allHeld: string): Finding {
  const faults = findings.filter(({ outcome }) => outcome === 'broken')
  if (faults.length > 0) return broken(`${faults.length} of ${findings.length}: ${faults[0]?.seen ?? ''}`)
  const left = findings.find(({ outcome }) => outcome === 'skipped')
  return left ?? held(allHeld)
}

import { describe, expect, it } from 'vitest'
import { seededBelow } from './testing/seeded.ts'
import { SessionWorld } from './testing/session-world.ts'

declare const process: { readonly env: Readonly<Record<string, string | undefined>> }

const { WIREPACT_SOAK, WIREPACT_SEED } = process.env
const traces = WIREPACT_SOAK === '1' ? 100_000 : 10_000
const firstSeed = WIREPACT_SEED === undefined ? 1 : Number(WIREPACT_SEED)

/** One trace: what went wrong in it, and what there was of each thing. */
function trace(seed: number) {
  const below = seededBelow(seed)
  const world = new SessionWorld(below)
  const steps = 20 + below(180)
  for (let step = 0; step < steps && world.model.violations.length === 0; step++) world.step()
  world.heal()
  return { violations: world.model.violations, counts: world.counts, calls: world.model.calls }
}

describe('a session under cuts, restarts, duplicate connections, and welcomes that come late or never', () => {
  it(`is what its model says, in ${traces} random traces`, { timeout: 600_000 }, () => {
    const totals: Record<string, number> = {}
    for (let seed = firstSeed; seed < firstSeed + traces; seed++) {
      const { violations, counts, calls } = trace(seed)
      // The seed says how to see it again: WIREPACT_SEED.
      expect({ seed, violations }).toEqual({ seed, violations: [] })
      for (const [name, count] of Object.entries(counts)) totals[name] = (totals[name] ?? 0) + count
      for (const { outcome } of calls) totals[`calls ${outcome}`] = (totals[`calls ${outcome}`] ?? 0) + 1
    }
    console.log(`${traces} traces from seed ${firstSeed}: ${JSON.stringify(totals)}`)
    // A generator that never reaches these proves nothing.
    for (const name of ['resumed', 'lost', 'refused', 'overflows', 'calls answered', 'calls lost', 'calls cancelled'])
      expect([name, totals[name] ?? 0]).toEqual([name, expect.toSatisfy((count: number) => count > traces / 100)])
  })
})

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { CALLED, measureTypes } from '../../bench/type-cost.mjs'
import { provideTypeScript59 } from '../setup/peers.mjs'
import { root } from '../setup/workspace.mjs'
import { TOLERANCES } from './compare.mjs'
import { measureAllocations, measureInstructions, measureWire, whyNoInstructions } from './cost.mjs'

export const BASELINE = join(root, 'test/static/baseline.json')

/** A number that is too high may be the machine's: then once more, and the least counts. Nothing makes it too low. A new baseline takes all. */
const ATTEMPTS = 3

export function readBaseline() {
  return JSON.parse(readFileSync(BASELINE, 'utf8'))
}

/** What the figures of this engine and processor can be compared with. */
export function engine() {
  return `Node.js ${process.versions.node.split('.')[0]}, ${process.arch}`
}

/**
 * Measures everything that can be measured here. `leftOut` says what cannot, and why.
 *
 * @param baseline where there is one: what it was made with decides what can be compared, and high numbers are looked at again
 */
export async function measureBaseline(baseline) {
  const figures = { wire: await measureWire() }
  const leftOut = []
  const strange = baseline !== undefined && baseline.engine !== engine()
  if (strange) {
    leftOut.push(`allocations and instructions: the baseline is of ${baseline.engine}, this is ${engine()}`)
  } else {
    figures.allocations = await leastOf(measureAllocations, baseline?.allocations, TOLERANCES.allocations)
    const why = await whyNoInstructions()
    if (why !== undefined) leftOut.push(`instructions: ${why}`)
    else figures.instructions = await leastOf(measureInstructions, baseline?.instructions, TOLERANCES.instructions)
  }
  figures.types = typesWith(join(root, 'node_modules/typescript/bin/tsc'), [100, 1000])
  const { path, missing } = await provideTypeScript59()
  if (path === undefined) leftOut.push(`TypeScript 5.9: ${missing}`)
  // It takes ten times as long, and says the same: once is enough.
  else figures.types59 = typesWith(path, [100], [CALLED])
  return { figures, leftOut }
}

async function leastOf(measure, kept, tolerance) {
  let least = await measure()
  for (let attempt = 1; attempt < ATTEMPTS; attempt++) {
    const high = Object.entries(least).some(
      ([name, value]) => kept === undefined || value > kept[name] * (1 + tolerance),
    )
    if (!high) break
    const again = await measure()
    least = Object.fromEntries(Object.entries(least).map(([name, value]) => [name, Math.min(value, again[name])]))
  }
  return least
}

/** Instantiations per procedure above its schemas, by what is done with it. */
function typesWith(tsc, counts, only) {
  const rows = measureTypes(tsc, counts, only).filter(({ above }) => above !== undefined)
  return Object.fromEntries(rows.map(({ program, count, above }) => [`${count}, ${program}`, above]))
}

// `node test/baseline.mjs` measures what may not grow unnoticed, and compares it with test/static/baseline.json;
// with `--update` it writes what it measured there. `npm test` does the comparison, too.
import { readFileSync, writeFileSync } from 'node:fs'
import { complaintsAbout, gainsOver } from './baseline/compare.mjs'
import { BASELINE, engine, measureBaseline } from './baseline/measure.mjs'
import { buildPackages } from './setup/build.mjs'
import { install } from './setup/install.mjs'

await install()
await buildPackages({ declarations: false })
const updating = process.argv.includes('--update')
const baseline = JSON.parse(readFileSync(BASELINE, 'utf8'))
const { figures, leftOut } = await measureBaseline(updating ? undefined : baseline)
for (const [group, values] of Object.entries(figures)) {
  console.log(group)
  for (const [name, value] of Object.entries(values)) {
    console.log(`  ${name.padEnd(60)}${String(value).padStart(10)}  (${baseline[group]?.[name] ?? 'new'})`)
  }
}
for (const line of leftOut) console.log(`Left out: ${line}`)
if (updating) {
  // Instructions of a machine that has no counters stay those of the last one that had.
  const { instructions } = baseline
  const kept = instructions === undefined ? {} : { instructions }
  writeFileSync(BASELINE, `${JSON.stringify({ engine: engine(), ...kept, ...figures }, null, 2)}\n`)
} else {
  for (const gain of gainsOver(baseline, figures)) console.log(`Less: ${gain}`)
  const complaints = complaintsAbout(baseline, figures)
  if (complaints.length > 0) console.error(complaints.join('\n'))
  process.exitCode = complaints.length > 0 ? 1 : 0
}

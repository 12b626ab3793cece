// What a contract costs the compiler, with TypeScript 7 and 5.9: for N procedures, each with one input and one output
// object and each called once by the client, type instantiations above those of the same schemas used once.
//
//   node bench/types.mjs [--json FILE] [--tsc PATH]
//
// Exits with 1 above the budget: 250 per procedure, and the same for 1,000 procedures as for 100 (linear).

import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { provideTypeScript59 } from '../test/setup/peers.mjs'
import { root } from '../test/setup/workspace.mjs'
import { CALLED, measureTypes } from './type-cost.mjs'

const COUNTS = [10, 100, 1000]
const BUDGET = 250

const { values: options } = parseArgs({ options: { json: { type: 'string' }, tsc: { type: 'string' } } })
const results = []
for (const tsc of options.tsc === undefined ? await compilers() : [options.tsc]) {
  const version = execFileSync(process.execPath, [tsc, '--version'], { encoding: 'utf8' })
    .trim()
    .replace('Version ', '')
  const rows = measureTypes(tsc, COUNTS)
  console.log(`TypeScript ${version}`)
  console.table(
    rows.map(({ program, count, instantiations, each, above, seconds }) => ({
      program,
      procedures: count,
      instantiations,
      'per procedure': each.toFixed(1),
      'above the schemas': above?.toFixed(1) ?? '',
      seconds,
    })),
  )
  const above = (count) => rows.find((row) => row.program === CALLED && row.count === count).above
  const [some, many] = [above(100), above(1000)]
  console.log(`budget: ${BUDGET} above the schemas per procedure; measured ${many}, and ${some} with 100 procedures`)
  if (many > BUDGET || many > some * 1.1) {
    console.error('over budget')
    process.exitCode = 1
  }
  results.push(...rows.filter((row) => row.above !== undefined).map((row) => resultOf(row, version)))
}
if (options.json) writeFileSync(options.json, `${JSON.stringify({ results }, null, 2)}\n`)

async function compilers() {
  const { path, missing } = await provideTypeScript59()
  if (path === undefined) console.log(`Left out: ${missing}`)
  return [join(root, 'node_modules/typescript/bin/tsc'), ...(path === undefined ? [] : [path])]
}

function resultOf({ program, count, above }, version) {
  return {
    workload: `types ${count}, TypeScript ${version}`,
    subject: program,
    metric: 'instantiations per procedure above the schemas',
    unit: 'instantiations',
    median: above,
  }
}

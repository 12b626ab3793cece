// What a contract costs the compiler. For N procedures, each with one input and one output object and each called once
// by the client: type instantiations above those of the same schemas with their `z.input` and `z.output` used once.
//
//   node bench/types.mjs [--json FILE] [--tsc PATH]
//
// Exits with 1 above the budget: 250 per procedure, and the same for 1,000 procedures as for 100 (linear).

import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const sizes = [10, 100, 1000]
const budget = 250
const perNamespace = 10

const { values: options } = parseArgs({ options: { json: { type: 'string' }, tsc: { type: 'string' } } })
const tsc = options.tsc ?? join(root, 'node_modules', 'typescript', 'bin', 'tsc')

const numbers = (count) => Array.from({ length: count }, (_, i) => i)
const lines = (count, line) => numbers(count).map(line).join('\n')

const schemas = (count) => `import { z } from 'zod'
${lines(count, (i) => `const In${i} = z.object({ a${i}: z.number(), b: z.string() })`)}
${lines(count, (i) => `const Out${i} = z.object({ c${i}: z.number(), d: z.string() })`)}
`

const namespaces = (count, procedure) =>
  lines(Math.ceil(count / perNamespace), (n) => {
    const members = numbers(count).slice(n * perNamespace, (n + 1) * perNamespace)
    return `  n${n}: {\n${members.map(procedure).join('\n')}\n  },`
  })

const contract = (count) => `${schemas(count)}
import { contract, procedure } from '@wirepact/contract'
export const machine = contract({ server: {
${namespaces(count, (i) => `    p${i}: procedure({ input: In${i}, output: Out${i} }),`)}
} })
`

/** One program for each thing that is measured. */
const programs = {
  'schemas, used once': (count) => `${schemas(count)}
${lines(count, (i) => `export const in${i}: z.input<typeof In${i}> = { a${i}: 1, b: '' }`)}
${lines(count, (i) => `export declare const out${i}: z.output<typeof Out${i}>`)}
${lines(count, (i) => `export const c${i}: number = out${i}.c${i}`)}
`,
  'contract, each called once': (count) => `${contract(count)}
import type { Remote } from '@wirepact/peer'
declare const api: Remote<(typeof machine)['server']>
export async function main(): Promise<void> {
${lines(count, (i) => `  const c${i}: number = (await api.n${Math.floor(i / perNamespace)}.p${i}({ a${i}: 1, b: '' })).c${i}`)}
${lines(count, (i) => `  void c${i}`)}
}
`,
  'contract, each handled once': (count) => `${contract(count)}
import type { Handlers } from '@wirepact/peer'
export const handlers: Handlers<(typeof machine)['server'], { user: string }, object> = {
${namespaces(count, (i) => `    p${i}: ({ input, context }) => ({ c${i}: input.a${i}, d: input.b + context.user }),`)}
}
`,
}

const compilerOptions = {
  target: 'ES2022',
  module: 'NodeNext',
  moduleResolution: 'NodeNext',
  lib: ['ES2022', 'ESNext.Disposable', 'DOM'],
  types: [],
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  skipLibCheck: true,
  noEmit: true,
  allowImportingTsExtensions: true,
  customConditions: ['@wirepact/source'],
}

function measure(folder, text) {
  writeFileSync(join(folder, 'main.ts'), text)
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ type: 'module' }))
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['main.ts'] }))
  let report
  try {
    report = execFileSync(process.execPath, [tsc, '-p', folder, '--extendedDiagnostics'], { encoding: 'utf8' })
  } catch (error) {
    throw new Error(`the measured program does not compile:\n${String(error.stdout).slice(0, 2000)}`)
  }
  const read = (label) => Number(new RegExp(`^${label}:\\s+([\\d.]+)`, 'm').exec(report)?.[1])
  return { instantiations: read('Instantiations'), seconds: read('Total time') }
}

/** A folder whose imports resolve to the workspace's packages and to its zod. */
function makeFolder() {
  const folder = mkdtempSync(join(tmpdir(), 'wirepact-types-'))
  const modules = join(folder, 'node_modules')
  mkdirSync(join(modules, '@wirepact'), { recursive: true })
  for (const name of ['contract', 'peer']) symlinkSync(join(root, 'packages', name), join(modules, '@wirepact', name))
  symlinkSync(join(root, 'bench', 'node_modules', 'zod'), join(modules, 'zod'))
  return folder
}

function measureAll() {
  const folder = makeFolder()
  try {
    return Object.entries(programs).map(([name, program]) => {
      // What the libraries themselves cost is in the program with one procedure.
      const first = measure(folder, program(1)).instantiations
      const results = sizes.map((count) => {
        const { instantiations, seconds } = measure(folder, program(count))
        return { count, instantiations, seconds, each: (instantiations - first) / (count - 1) }
      })
      return { name, results }
    })
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

const measured = measureAll()
const [base] = measured
const rows = measured.flatMap(({ name, results }) =>
  results.map(({ count, instantiations, seconds, each }, i) => ({
    program: name,
    procedures: count,
    instantiations,
    'per procedure': each.toFixed(1),
    'above the schemas': name === base.name ? '' : (each - base.results[i].each).toFixed(1),
    seconds,
  })),
)
console.log(`types: ${execFileSync(process.execPath, [tsc, '--version'], { encoding: 'utf8' }).trim()}`)
console.table(rows)

const above = (name, count) =>
  Number(rows.find((row) => row.program === name && row.procedures === count)['above the schemas'])
const called = 'contract, each called once'
const [some, many] = [above(called, 100), above(called, 1000)]
console.log(`budget: ${budget} above the schemas per procedure; measured ${many}, and ${some} with 100 procedures`)
if (many > budget || many > some * 1.1) {
  console.error('over budget')
  process.exitCode = 1
}
if (options.json) {
  const results = rows
    .filter((row) => row['above the schemas'] !== '')
    .map((row) => ({
      workload: `types ${row.procedures}`,
      subject: row.program,
      metric: 'instantiations per procedure above the schemas',
      unit: 'instantiations',
      median: Number(row['above the schemas']),
    }))
  writeFileSync(options.json, `${JSON.stringify({ results }, null, 2)}\n`)
}

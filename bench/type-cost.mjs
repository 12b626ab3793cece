// What a contract costs the compiler: type instantiations of one procedure above those of the same schemas with their
// `z.input` and `z.output` used once.

import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const perNamespace = 10

/** The program that the budget is about. */
export const CALLED = 'contract, each called once'

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
  [CALLED]: (count) => `${contract(count)}
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

function measure(tsc, folder, text) {
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

/**
 * Answers with a row for each program and each count of procedures: `{ program, count, instantiations, each, above, seconds }`;
 * `each` is per procedure, `above` the same above the schemas alone (undefined for those).
 *
 * @param tsc path of a compiler's program
 * @param only names of programs; the schemas alone are always measured @default all
 */
export function measureTypes(tsc, counts, only = Object.keys(programs)) {
  const folder = makeFolder()
  try {
    const wanted = Object.entries(programs).filter(([program], index) => index === 0 || only.includes(program))
    const [base, ...others] = wanted.map(([program, text]) => {
      // What the libraries themselves cost is in the program with one procedure.
      const first = measure(tsc, folder, text(1)).instantiations
      return counts.map((count) => {
        const { instantiations, seconds } = measure(tsc, folder, text(count))
        return { program, count, instantiations, seconds, each: tenths((instantiations - first) / (count - 1)) }
      })
    })
    const above = (rows) => rows.map((row, index) => ({ ...row, above: tenths(row.each - base[index].each) }))
    return [...base, ...others.flatMap(above)]
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function tenths(value) {
  return Math.round(value * 10) / 10
}

// `npm test`: install, build, then every test, in the order in which a failure is cheapest to understand.
// `npm test -- unit` (or static, integration, engines, browser) runs one part. `npm run soak` runs the long forms of those tests
// that have one, and `npm run soak -- firehose` one of them; see README.md beside this file.
import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { buildExample, buildPackages } from './setup/build.mjs'
import { provideChromium } from './setup/chromium.mjs'
import { install } from './setup/install.mjs'
import { showTable, soakFiles } from './setup/soak.mjs'
import { cachePath, filesBelow, root, run, seconds } from './setup/workspace.mjs'

const VITEST = join(root, 'node_modules/vitest/vitest.mjs')

/** All parts together take a few minutes; one that takes longer than this alone hangs, and must say so in time. */
const PART_LIMIT_MS = 15 * 60_000

const parts = [
  { name: 'static', title: 'Static checks', folders: ['test/static'] },
  {
    name: 'unit',
    title: 'Unit and type tests',
    folders: ['packages', 'examples', 'bench'],
    types: true,
    // vitest leaves one core for itself, which of two is half of the machine.
    flags: ['--maxWorkers=2'],
  },
  { name: 'integration', title: 'Integration tests', folders: ['test/integration', 'test/interop', 'test/soak'] },
  // They wait for real engines more than they compute.
  { name: 'engines', title: 'Tests on real engines', folders: ['test/engines'], flags: ['--maxWorkers=2'] },
  { name: 'browser', title: 'Browser tests', folders: ['test/browser'], before: browserOrReason },
  {
    name: 'soak',
    title: 'Long forms',
    folders: soakFiles(process.argv.slice(3)),
    onlyWhenNamed: true,
    // One after the other: each is a load of its own.
    flags: ['--no-file-parallelism'],
    env: { WIREPACT_SOAK: '1', WIREPACT_SOAK_TABLE: cachePath('soak.jsonl') },
    limitMs: 30 * 60_000,
    after: showTable,
  },
]

const started = performance.now()
const total = { passed: 0, failed: 0, skipped: 0 }
const only = process.argv[2]
if (only === 'soak' && parts.some(({ name, folders }) => name === only && folders.length === 0)) {
  console.error(`There is no soak "${process.argv.slice(3).join(' ')}": ${soakFiles().join(', ')}`)
  process.exit(2)
}
if (only !== undefined && !parts.some((part) => part.name === only)) {
  console.error(`There is no part "${only}": ${parts.map((part) => part.name).join(', ')}`)
  process.exit(2)
}

heading('Install and build')
// Without dependencies nothing can run. A package that does not build is a failure, but its tests run from its sources
// and may say more than the compiler does.
if (await succeeds(install)) {
  await succeeds(buildPackages)
  await succeeds(() => buildExample('examples/machine'))
  for (const part of parts) {
    if (only === undefined ? part.onlyWhenNamed !== true : only === part.name) await runPart(part)
  }
}
console.log(`\nAll of it took ${seconds(started)}`)
const skipped = total.skipped > 0 ? `, ${total.skipped} skipped` : ''
console.log(`${total.passed} passed, ${total.failed} failed${skipped}`)
process.exit(total.failed > 0 ? 1 : 0)

async function succeeds(step) {
  try {
    await step()
    return true
  } catch (error) {
    console.error(error instanceof Error ? error.message : error)
    total.failed++
    return false
  }
}

async function runPart(part) {
  heading(part.title)
  const missing = await part.before?.()
  if (missing !== undefined) {
    leaveOut(part, missing)
    return
  }
  const partStarted = performance.now()
  const report = cachePath(`report-${part.name}.json`)
  rmSync(report, { force: true })
  if (part.env?.WIREPACT_SOAK_TABLE) rmSync(part.env.WIREPACT_SOAK_TABLE, { force: true })
  const limitMs = part.limitMs ?? PART_LIMIT_MS
  const { code } = await run(
    process.execPath,
    [
      VITEST,
      'run',
      ...(part.types ? ['--typecheck'] : []),
      ...(part.flags ?? []),
      '--reporter=default',
      '--reporter=json',
      `--outputFile.json=${report}`,
      ...part.folders.map((path) => (path.endsWith('.ts') ? path : `${path}/`)),
    ],
    { show: true, limitMs, env: { FORCE_COLOR: process.stdout.isTTY ? '1' : '0', ...part.env } },
  )
  count(part, code, report, limitMs)
  part.after?.(part.env.WIREPACT_SOAK_TABLE, report)
  console.log(`${part.title}: ${seconds(partStarted)}`)
}

/** Adds a part's report to the total. What vitest failed at without naming a test is a failure too, not a zero. */
function count(part, code, path, limitMs) {
  const before = total.failed
  try {
    for (const file of JSON.parse(readFileSync(path, 'utf8')).testResults) {
      for (const { status } of file.assertionResults) {
        if (status === 'passed') total.passed++
        else if (status === 'failed') total.failed++
        else total.skipped++
      }
      const named = file.assertionResults.some(({ status }) => status === 'failed')
      if (file.status === 'failed' && !named) total.failed++
    }
  } catch (error) {
    const why = code === 124 ? `ended after ${limitMs / 60_000} minutes` : error.message
    console.error(`${part.title} left no report: ${why}`)
  }
  if (code !== 0 && total.failed === before) total.failed++
}

/** On a person's machine a missing browser leaves its tests out, and says so; where CI runs, they must run. */
function leaveOut(part, missing) {
  const files = part.folders
    .flatMap((folder) => filesBelow(join(root, folder)))
    .filter((path) => path.endsWith('.test.ts'))
  if (process.env.CI) {
    console.error(`${part.title} could not run: ${missing}`)
    total.failed += files.length
  } else {
    console.log(`${part.title} are left out (${files.length} files): ${missing}`)
    total.skipped += files.length
  }
}

async function browserOrReason() {
  return (await provideChromium()).missing
}

function heading(text) {
  console.log(`\n── ${text} ${'─'.repeat(Math.max(3, 76 - text.length))}`)
}

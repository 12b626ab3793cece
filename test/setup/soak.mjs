// Which tests have a long form, and the table of what they showed.
import { readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { filesBelow, root } from './workspace.mjs'

/** Beside those in test/soak: deterministic ones that are worth another seed. */
const elsewhere = [
  'packages/protocol/src/session.traces.test.ts',
  'packages/websocket/src/connection.differential.test.ts',
  'packages/websocket/src/testing/conformance/conformance-deflate.test.ts',
  'packages/websocket/src/testing/conformance/conformance-limits.test.ts',
  'test/integration/forged.test.ts',
  'test/interop/malformed.test.ts',
  'test/integration/liveness.test.ts',
]

const nameOf = (path) => basename(path, '.test.ts')

/** The files with one of these names (`firehose`, `session.traces` …), or all of them; [] when a name is of none. */
export function soakFiles(names = []) {
  const here = filesBelow(join(root, 'test/soak')).map((path) => path.slice(root.length))
  const all = [...elsewhere, ...here.filter((path) => path.endsWith('.test.ts'))]
  if (names.some((name) => !all.some((path) => nameOf(path) === name))) return []
  return names.length === 0 ? all : all.filter((path) => names.includes(nameOf(path)))
}

/**
 * Prints a line for each promise: what was seen of it, what it may be, and whether it was kept. Tests that wrote no line
 * of their own have one for each file, from vitest's report.
 */
export function showTable(tablePath, reportPath) {
  const lines = read(tablePath)
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line))
  const written = new Set(lines.map(({ section }) => section))
  for (const { name, assertionResults, startTime, endTime } of JSON.parse(read(reportPath) || '{"testResults":[]}')
    .testResults) {
    if (written.has(nameOf(name))) continue
    const passed = assertionResults.filter(({ status }) => status === 'passed').length
    lines.push({
      section: nameOf(name),
      promise: 'every fact holds',
      figure: `${passed} of ${assertionResults.length}, ${Math.round((endTime - startTime) / 1000)} s`,
      bound: 'all',
      kept: passed === assertionResults.length && passed > 0,
    })
  }
  const rows = lines.map(({ section, seed = '', promise, figure, bound, kept }) => [
    section,
    String(seed),
    promise,
    figure,
    bound,
    kept ? 'kept' : 'BROKEN',
  ])
  const head = ['section', 'seed', 'promise', 'figure', 'bound', 'verdict']
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column].length)))
  console.log('')
  for (const row of [head, ...rows])
    console.log(
      row
        .map((cell, column) => cell.padEnd(widths[column]))
        .join('  ')
        .trimEnd(),
    )
}

function read(path) {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}

// `node bench/publish.mjs figures.json [more.json …]` publishes figures that `npm run bench -- --json figures.json` wrote:
// they take the place of those in bench/figures, and the charts and the tables of README.md and packages/docs/performance.md
// are made of them. Without files, all of it is made anew of the figures that are there. `--charts FOLDER figures.json` only
// draws.
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { install } from '../test/setup/install.mjs'
import { root } from '../test/setup/workspace.mjs'
import { build } from './build.mjs'

const { values, positionals } = parseArgs({ allowPositionals: true, options: { charts: { type: 'string' } } })
try {
  await install()
  await build()
  const { drawInto, publish } = await import('./dist/charts/main.js')
  const paths = positionals.map((path) => resolve(process.env.INIT_CWD ?? process.cwd(), path))
  if (values.charts === undefined) {
    const written = publish(root, paths)
    console.log(written.length === 0 ? 'Everything was up to date' : `Written:\n  ${written.join('\n  ')}`)
  } else {
    for (const path of paths) drawInto(values.charts, JSON.parse(readFileSync(path, 'utf8')))
  }
} catch (error) {
  // These failures are sentences already; a stack would bury them.
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}

// `npm start`: from a fresh clone to the running example, with nothing but Node.js and npm. `npm start -- tunnel` starts
// another one; what follows its name is for the example.
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { buildExample, buildPackages } from '../test/setup/build.mjs'
import { install } from '../test/setup/install.mjs'
import { root } from '../test/setup/workspace.mjs'

const names = readdirSync(import.meta.dirname, { withFileTypes: true }).flatMap((entry) =>
  entry.isDirectory() && existsSync(join(import.meta.dirname, entry.name, 'build.mjs')) ? [entry.name] : [],
)
const [name = 'machine', ...rest] = process.argv.slice(2)
if (!names.includes(name)) {
  console.error(`There is no example "${name}"; there are ${names.join(', ')}.`)
  process.exit(1)
}
const EXAMPLE = `examples/${name}`

try {
  await install()
  await buildPackages({ declarations: false })
  await buildExample(EXAMPLE)
  // What an example needs beyond Node.js, where it does.
  const preparing = join(root, EXAMPLE, 'prepare.mjs')
  if (existsSync(preparing)) await (await import(pathToFileURL(preparing).href)).prepare()
} catch (error) {
  // These failures are sentences already; a stack would bury them.
  console.error(error instanceof Error ? error.message : error)
  process.exit(1)
}
// The example's own arguments stand where they would without us.
process.argv.splice(2, Number.POSITIVE_INFINITY, ...rest)
// In this process: Ctrl-C reaches the server itself, and its exit code is ours.
await import(pathToFileURL(join(root, EXAMPLE, 'dist/main.js')).href)

// `npm start`: from a fresh clone to the running example, with nothing but Node.js and npm.
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { buildExample, buildPackages } from '../test/setup/build.mjs'
import { install } from '../test/setup/install.mjs'
import { root } from '../test/setup/workspace.mjs'

const EXAMPLE = 'examples/machine'

try {
  await install()
  await buildPackages({ declarations: false })
  await buildExample(EXAMPLE)
} catch (error) {
  // These failures are sentences already; a stack would bury them.
  console.error(error instanceof Error ? error.message : error)
  process.exit(1)
}
// In this process: Ctrl-C reaches the server itself, and its exit code is ours.
await import(pathToFileURL(join(root, EXAMPLE, 'dist/main.js')).href)

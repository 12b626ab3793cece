// `npm run bench`: install, build, then measure what was built.
import { buildPackages } from '../test/setup/build.mjs'
import { install } from '../test/setup/install.mjs'
import { provideBun } from '../test/setup/peers.mjs'
import { build } from './build.mjs'

try {
  await install()
  await buildPackages({ declarations: false })
  await build()
} catch (error) {
  // These failures are sentences already; a stack would bury them.
  console.error(error instanceof Error ? error.message : error)
  process.exit(1)
}
const { main } = await import('./dist/harness/main.js')
process.exitCode = await main(process.argv.slice(2), provideBun)

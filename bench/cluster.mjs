// `node bench/cluster.mjs [options]`: fan-out through Redis, beside Socket.IO and its Redis Streams adapter. Installs and
// builds what is missing, as `npm run bench` does.
import { buildPackages } from '../test/setup/build.mjs'
import { provideRedis } from '../test/setup/engines.mjs'
import { install } from '../test/setup/install.mjs'
import { build } from './build.mjs'

try {
  await install()
  await buildPackages({ declarations: false })
  await build()
  const { path, missing } = await provideRedis()
  if (path === undefined) throw new Error(missing)
  const { main } = await import('./dist/cluster/main.js')
  process.exitCode = await main(process.argv.slice(2), path)
} catch (error) {
  // These failures are sentences already; a stack would bury them.
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}

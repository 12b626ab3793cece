// `node bench/websocket.mjs [echo|idle] [options]`: the WebSocket core alone, beside `ws`, Bun and tokio-tungstenite. Installs and builds what
// is missing, as `npm run bench` does.
import { createRequire } from 'node:module'
import { buildPackages } from '../test/setup/build.mjs'
import { install } from '../test/setup/install.mjs'
import { provideBun, provideTungstenite, provideWsWithBufferutil } from '../test/setup/peers.mjs'
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
const { version } = createRequire(import.meta.url)('ws/package.json')
const bun = await provideBun()
const wsWithBufferutil = await provideWsWithBufferutil(version)
const tungstenite = await provideTungstenite()
const others = { Bun: bun, 'ws with bufferutil': wsWithBufferutil, 'tokio-tungstenite': tungstenite }
for (const [name, { missing }] of Object.entries(others)) {
  if (missing !== undefined) console.log(`Left out, since ${name} is missing: ${missing}`)
}
const [what, ...options] = process.argv.slice(2)
if (what === 'idle') {
  const { main } = await import('./dist/websocket-echo/idle.js')
  process.exitCode = await main(options)
} else {
  const { main } = await import('./dist/websocket-echo/main.js')
  const rest = what === 'echo' ? options : process.argv.slice(2)
  process.exitCode = await main(rest, {
    ...{ bun: bun.path, wsWithBufferutil: wsWithBufferutil.path, tungstenite: tungstenite.path },
  })
}

// `node bench/cores.mjs [--rounds N] [--measure MS]`: `examples/cluster` with one process and with two, in interleaved rounds:
// calls that are work for a processor, and calls that are none. The clients are in this process, and take cores, too.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { buildExample, buildPackages } from '../test/setup/build.mjs'
import { install } from '../test/setup/install.mjs'
import { root } from '../test/setup/workspace.mjs'
import { build } from './build.mjs'

const { values } = parseArgs({ options: { rounds: { type: 'string' }, measure: { type: 'string' } } })
const rounds = Number(values.rounds ?? 5)
const measureMs = Number(values.measure ?? 2000)

await install()
await buildPackages({ declarations: false })
await build()
await buildExample('examples/cluster')
const { measure } = await import('./dist/cores/clients.js')

const works = { 'work (600 hashes)': 600, 'next to none (1 hash)': 1 }
const rates = {}
for (let round = 0; round < rounds; round++) {
  for (const [work, hashes] of Object.entries(works)) {
    for (const processes of round % 2 === 0 ? [1, 2] : [2, 1]) {
      const rate = await withProcesses(processes, (url) => measure(url, hashes, measureMs))
      rates[work] ??= { 1: [], 2: [] }
      rates[work][processes].push(rate)
      console.log(`${round + 1}/${rounds} ${work}, ${processes} of 2 processes: ${shown(rate)} calls/s`)
    }
  }
}
console.log(`\n${availableParallelism()} cores, Node.js ${process.versions.node}; medians of ${rounds} rounds\n`)
for (const [work, { 1: one, 2: two }] of Object.entries(rates)) {
  const ratio = median(two) / median(one)
  console.log(
    `${work}: ${shown(median(one))} calls/s with one process, ${shown(median(two))} with two: ${ratio.toFixed(2)} times`,
  )
}

async function withProcesses(count, use) {
  const port = await freePort()
  const env = { ...process.env, PORT: String(port), WORKERS: String(count) }
  const cluster = spawn(process.execPath, [join(root, 'examples/cluster/dist/main.js')], {
    ...{ env, stdio: ['ignore', 'pipe', 'inherit'] },
  })
  await once(cluster.stdout, 'data')
  try {
    return await use(`ws://127.0.0.1:${port}`)
  } finally {
    cluster.kill('SIGTERM')
    await once(cluster, 'close')
  }
}

async function freePort() {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const { port } = probe.address()
  probe.close()
  await once(probe, 'close')
  return port
}

function median(figures) {
  return figures.toSorted((a, b) => a - b)[Math.floor(figures.length / 2)]
}

function shown(rate) {
  return Math.round(rate).toLocaleString('en')
}

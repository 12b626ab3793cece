// `node bench/page.mjs [--rounds N] [--measure MS]`: calls and events per second into a page of a real Chromium, with and
// without batches, in interleaved rounds. Installs and builds what is missing.
import { fork } from 'node:child_process'
import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { buildPackages } from '../test/setup/build.mjs'
import { chromiumArguments, provideChromium } from '../test/setup/chromium.mjs'
import { install } from '../test/setup/install.mjs'
import { root } from '../test/setup/workspace.mjs'
import { build } from './build.mjs'

const works = {
  one: 'calls/s, one at a time',
  calls: 'calls/s, 64 in flight',
  events: 'events/s, 4,096 at once',
}
const ways = ['with batches', 'without']

const { values } = parseArgs({ options: { rounds: { type: 'string' }, measure: { type: 'string' } } })
const rounds = Number(values.rounds ?? 7)
const measureMs = Number(values.measure ?? 1500)

await install()
await buildPackages({ declarations: false })
await build()
const browserProgram = await provideChromium()
if (browserProgram.path === undefined) {
  console.error(`There is no Chromium to measure in: ${browserProgram.missing}`)
  process.exit(1)
}
// What the tests have already.
const require = createRequire(join(root, 'test/package.json'))
const script = await bundle()
const http = createServer((request, response) => {
  const isScript = request.url === '/page.js'
  response.setHeader('content-type', isScript ? 'text/javascript' : 'text/html')
  response.end(isScript ? script : '<!doctype html><title>bench</title><script type="module" src="/page.js"></script>')
})
await new Promise((resolve) => http.listen(0, '127.0.0.1', resolve))
const server = fork(join(root, 'bench/dist/page/server-process.js'))
const ports = await new Promise((resolve) => server.once('message', resolve))
const { chromium } = require('playwright-core')
const browser = await chromium.launch({ executablePath: browserProgram.path, args: chromiumArguments })
try {
  report(await play(await browser.newPage()))
} finally {
  await browser.close()
  server.kill()
  http.close()
}

async function bundle() {
  const { outputFiles } = await require('esbuild').build({
    entryPoints: [join(root, 'bench/page/in-page.ts')],
    ...{ bundle: true, write: false, minify: true, format: 'esm', platform: 'browser', target: 'es2022' },
  })
  return outputFiles[0].text
}

/** Rates by work and way. */
async function play(page) {
  page.setDefaultTimeout(120_000)
  const rates = Object.fromEntries(Object.keys(works).map((work) => [work, ways.map(() => [])]))
  await page.goto(`http://127.0.0.1:${http.address().port}/`)
  await page.waitForFunction(() => 'measure' in globalThis)
  for (let round = 0; round < rounds; round++) {
    for (const work of Object.keys(works)) {
      for (let turn = 0; turn < ways.length; turn++) {
        // Each way is the first one every other time.
        const way = (turn + round) % ways.length
        const rate = await page.evaluate(
          ([port, what, ms]) => globalThis.measure(port, what, ms),
          [ports[way], work, measureMs],
        )
        rates[work][way].push(rate)
        console.log(`${round + 1}/${rounds} ${works[work]}, ${ways[way]}: ${shown(rate)}`)
      }
    }
  }
  return rates
}

function report(rates) {
  console.log(`\n${browser.version()}, medians of ${rounds} rounds (smallest to largest)\n`)
  for (const [work, byWay] of Object.entries(rates)) {
    const [withThem, without] = byWay.map((each) => each.toSorted((a, b) => a - b))
    const ratio = median(withThem) / median(without)
    console.log(`${works[work]}: with batches ${range(withThem)}, without ${range(without)}: ${ratio.toFixed(2)} times`)
  }
}

function median(sorted) {
  return sorted[Math.floor(sorted.length / 2)]
}

function range(sorted) {
  return `${shown(median(sorted))} (${shown(sorted[0])} to ${shown(sorted.at(-1))})`
}

function shown(rate) {
  return Math.round(rate).toLocaleString('en')
}

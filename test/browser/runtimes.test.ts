import { execFile } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { createServer as createHttp } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { attach } from '@wirepact/server/node'
import { build } from 'esbuild'
import { chromium } from 'playwright-core'
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { serve } from '../integration/serve.ts'
import { chromiumArguments, chromiumPath } from '../setup/chromium.mjs'
import { nodeBinary } from '../setup/runtimes.mjs'
import { root } from '../setup/workspace.mjs'

const out = join(root, 'test/.tmp/runtimes')
const run = promisify(execFile)

const expected = {
  echo: 'grüße 👋',
  bytes: [1, 2, 255],
  codes: ['invalid-input', 'TOO_LATE'],
  answer: 'yes',
  questions: ['may I?'],
  heard: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
  seen: { user: 'ada', intervalMs: 250 },
  status: 'closed',
}

/** A server that publishes ten numbers when a client joins, and cuts everybody in the middle. */
async function start(): Promise<{ ws: string; page: string }> {
  const served = await serve({
    onJoin: async ({ room }, server) => {
      for (let n = 0; n < 10; n++) {
        await server.events.tick.publish({ room }, { n })
        if (n === 4) for (const connection of server.connections) connection.terminate()
      }
    },
  })
  const http = createHttp((_request, response) => {
    response.setHeader('content-type', 'text/html')
    response.end('<!doctype html><title>runtimes</title>')
  })
  attach(served.server, http, { path: '/rpc' })
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    http.close()
  })
  const { port } = http.address() as AddressInfo
  return { ws: `ws://127.0.0.1:${port}/rpc`, page: `http://127.0.0.1:${port}/` }
}

describe('the same client program, against one server', () => {
  beforeAll(async () => {
    mkdirSync(out, { recursive: true })
    const common = { bundle: true, format: 'esm', logLevel: 'error', target: 'es2022' } as const
    const folder = join(root, 'test/browser/program')
    await build({
      ...common,
      entryPoints: [join(folder, 'in-node.ts')],
      outfile: join(out, 'in-node.mjs'),
      platform: 'node',
      conditions: ['@wirepact/source'],
    })
    await build({
      ...common,
      entryPoints: [join(folder, 'in-page.ts')],
      outfile: join(out, 'in-page.mjs'),
      platform: 'browser',
      conditions: ['@wirepact/source', 'browser'],
    })
  })

  it.each([20, 22, 24])('on Node.js %i', { timeout: 120_000 }, async (major) => {
    const { ws } = await start()
    const { stdout } = await run(await nodeBinary(major), [join(out, 'in-node.mjs'), ws])
    expect(JSON.parse(stdout)).toEqual(expected)
  })

  it.each([22, 24])('on the WebSocket of Node.js %i itself', { timeout: 120_000 }, async (major) => {
    const { ws } = await start()
    const { stdout } = await run(await nodeBinary(major), [join(out, 'in-page.mjs'), ws])
    expect(JSON.parse(stdout)).toEqual(expected)
  })

  it('in Chromium', { timeout: 60_000 }, async () => {
    const { ws, page: address } = await start()
    const browser = await chromium.launch({ executablePath: chromiumPath(), args: chromiumArguments })
    onTestFinished(() => browser.close())
    const page = await browser.newPage()
    await page.goto(address)
    await page.addScriptTag({ path: join(out, 'in-page.mjs'), type: 'module' })
    const answer = await page.evaluate(
      (url) => (globalThis as unknown as { run(url: string): Promise<unknown> }).run(url),
      ws,
    )
    expect(answer).toEqual(expected)
  })
})

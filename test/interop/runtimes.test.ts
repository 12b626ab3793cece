import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { chromium } from 'playwright-core'
import { describe, expect, it, onTestFinished } from 'vitest'
import { chromiumArguments, provideChromium } from '../setup/chromium.mjs'
import { provideBun, provideDeno, providePythonWebsockets } from '../setup/peers.mjs'
import { nodeBinary } from '../setup/runtimes.mjs'
import { foreignClient, foreignServer, LARGEST, program } from './foreign.ts'
import { askEverything, CLOSE, OurClient, ourServer, seenByClient, seenByOurClient } from './our-ends.ts'

const modes = [
  ['plain', false],
  ['compressed', true],
] as const
const options = { timeout: 120_000 }

/**
 * What is missing leaves its tests out on a person's machine, and says why; where CI runs it is a failure.
 */
function present<Found extends { readonly missing?: string | undefined }>(name: string, found: Found): boolean {
  if (found.missing === undefined) return true
  if (process.env.CI) throw new Error(`${name} is missing: ${found.missing}`)
  console.log(`Left out, since ${name} is missing: ${found.missing}`)
  return false
}

/** Two closes of ours for each client: the one it asked for, and its own. */
const closesOfServer = [
  [4001, 'bye', true],
  [4002, 'as you wish', true],
]

describe.each([22, 24])('undici, the WebSocket of Node.js %i', (major) => {
  it.each(modes)('is a client of our server, %s', options, async (_mode, compression) => {
    const { url, closes } = await ourServer(compression)
    const seen = await foreignClient(await nodeBinary(major), [program('echo-client.mjs'), url, String(LARGEST)])
    expect(seen).toEqual({ ...seenByClient, compressed: compression })
    // It answers a close with the code alone, as we do.
    expect(closes).toEqual([
      [4001, 'bye', true],
      [4002, '', true],
    ])
  })
})

const bun = await provideBun()
describe.runIf(present('Bun', bun))('Bun', () => {
  it.each(modes)('is a client of our server, %s', options, async (_mode, compression) => {
    const { url } = await ourServer(compression)
    const seen = await foreignClient(bun.path!, [program('echo-client.mjs'), url, String(LARGEST)])
    expect(seen).toMatchObject(seenByClient)
  })

  it.each(modes)('is a server for our client, %s', options, async (mode, compression) => {
    const url = await foreignServer(bun.path!, [program('echo-server.mjs'), mode])
    expect(await askEverything(url, compression, LARGEST)).toEqual(seenByOurClient)
  })
})

const deno = await provideDeno()
describe.runIf(present('Deno', deno))('Deno', () => {
  it.each(modes)('is a client of our server, %s', options, async (_mode, compression) => {
    const { url } = await ourServer(compression)
    const args = ['run', '--no-lock', '--allow-net', program('echo-client.mjs'), url, String(LARGEST)]
    expect(await foreignClient(deno.path!, args)).toMatchObject(seenByClient)
  })

  it.each(modes)('is a server for our client, %s', options, async (_mode, compression) => {
    const url = await foreignServer(deno.path!, ['run', '--no-lock', '--allow-net', program('echo-server.mjs')])
    expect(await askEverything(url, compression, LARGEST)).toEqual(seenByOurClient)
  })
})

const python = await providePythonWebsockets()
describe.runIf(present('Python’s websockets', python))('Python’s websockets', () => {
  const { path = '', env = {} } = python
  it.each(modes)('is a client of our server, fragments included, %s', options, async (mode, compression) => {
    const { url, closes } = await ourServer(compression)
    const seen = await foreignClient(path, [program('python_peer.py'), 'client', url, String(LARGEST), mode], env)
    expect(seen).toEqual({ ...seenByClient, compressed: compression })
    expect(closes).toEqual(closesOfServer)
  })

  it.each(modes)('is a server for our client, fragments included, %s', options, async (mode, compression) => {
    const url = await foreignServer(path, [program('python_peer.py'), 'server', mode], env)
    expect(await askEverything(url, compression, LARGEST)).toEqual(seenByOurClient)
    const client = await OurClient.dial(url, compression)
    client.socket.sendText('in fragments, please')
    expect(await client.next()).toBe('in fragments: grüße')
    client.socket.sendText(CLOSE)
    expect(await client.closed).toEqual([4002, 'as you wish', true])
  })
})

const browser = await provideChromium()
describe.runIf(present('Chromium', browser))('Chromium', () => {
  it.each(modes)('is a client of our server, %s', options, async (_mode, compression) => {
    const { url, closes } = await ourServer(compression)
    const pages = createServer((_request, response) => {
      response.setHeader('content-type', 'text/html')
      response.end('<!doctype html><title>interop</title>')
    })
    await new Promise<void>((resolve) => pages.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => void pages.close())
    const chrome = await chromium.launch({ executablePath: browser.path!, args: chromiumArguments })
    onTestFinished(() => chrome.close())
    const page = await chrome.newPage()
    await page.goto(`http://127.0.0.1:${(pages.address() as AddressInfo).port}/`)
    // In a page there are no arguments: the script only defines what is called below.
    const script = readFileSync(program('echo-client.mjs'), 'utf8').replace('export async function', 'async function')
    await page.addScriptTag({ content: `${script}\nglobalThis.run = run`, type: 'module' })
    // Modules run when they are ready, not when they are added.
    await page.waitForFunction(() => 'run' in globalThis)
    const seen = await page.evaluate(
      ([to, largest]) =>
        (globalThis as unknown as { run(url: string, largest: number): Promise<unknown> }).run(to, largest),
      [url, LARGEST] as const,
    )
    expect(seen).toEqual({ ...seenByClient, compressed: compression })
    expect(closes).toEqual(closesOfServer)
  })
})

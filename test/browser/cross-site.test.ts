import { createServer as createHttp, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { attach } from '@wirepact/server/node'
import { type Browser, chromium } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { serve } from '../integration/serve.ts'
import { chromiumArguments, chromiumPath } from '../setup/chromium.mjs'

// Two real origins in a real browser: a bank that is served with wirepact and knows its visitors by a cookie, and another
// site that the same visitor has open.

let browser: Browser

beforeAll(async () => {
  browser = await chromium.launch({
    executablePath: chromiumPath(),
    // A name of another site that resolves to this machine, as rebinding does.
    args: [...chromiumArguments, '--host-resolver-rules=MAP rebound.example 127.0.0.1'],
  })
})

afterAll(() => browser.close())

async function listenOn(listener: RequestListener) {
  const http = createHttp(listener)
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void http.close())
  return { http, port: (http.address() as AddressInfo).port }
}

const page: RequestListener = (_request, response) => {
  response.setHeader('content-type', 'text/html')
  response.setHeader('set-cookie', 'session=ann; SameSite=Lax')
  response.setHeader('content-security-policy', "default-src 'none'; connect-src *; script-src 'self'")
  response.end('<!doctype html><title>page</title>')
}

async function visit() {
  const sessions: unknown[] = []
  const { server } = await serve({
    report: () => {},
    authenticate: ({ request }) => {
      sessions.push(request.headers.cookie)
      return { user: String(request.headers.cookie) }
    },
  })
  const bank = await listenOn(page)
  attach(server, bank.http, { path: '/rpc' })
  const evil = await listenOn(page)
  const context = await browser.newContext()
  onTestFinished(() => context.close())
  /** What a script on that page gets when it opens a WebSocket: a code, or the first message of the server. */
  const open = async (address: string, target: string) => {
    const tab = await context.newPage()
    await tab.goto(address)
    return tab.evaluate(
      (url) =>
        new Promise<unknown>((resolve) => {
          const socket = new WebSocket(url, 'wirepact.1+json')
          socket.onopen = () => socket.send('{"kind":"hello","fingerprint":""}')
          socket.onmessage = ({ data }) => resolve(JSON.parse(data).kind)
          socket.onclose = ({ code }) => resolve(code)
        }),
      target,
    )
  }
  return { sessions, bank: bank.port, evil: evil.port, open }
}

describe('a page of another site, in the browser of a visitor who is logged in', () => {
  it('gets 4403 and no session, where the site’s own page gets one with the cookie', async () => {
    const { sessions, bank, evil, open } = await visit()
    const target = `ws://127.0.0.1:${bank}/rpc`
    expect(await open(`http://127.0.0.1:${bank}/`, target)).toBe('welcome')
    expect(sessions).toEqual(['session=ann'])
    expect(await open(`http://127.0.0.1:${evil}/`, target)).toBe(4403)
    expect(await open(`http://localhost:${evil}/`, target)).toBe(4403)
    expect(sessions).toHaveLength(1)
  })

  it('gets 4403 under a name of its own that was rebound to this machine', async () => {
    const { sessions, bank, open } = await visit()
    expect(await open(`http://rebound.example:${bank}/`, `ws://rebound.example:${bank}/rpc`)).toBe(4403)
    expect(sessions).toEqual([])
  })
})

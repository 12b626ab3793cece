import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { staticFiles } from './static-files.ts'

describe('static files', () => {
  let folder: string
  let server: Server
  let origin: string

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'machine-'))
    writeFileSync(join(folder, 'index.html'), '<!doctype html>hello')
    writeFileSync(join(folder, 'app.js'), 'export {}'.repeat(100))
    writeFileSync(join(folder, 'notes.txt'), 'not part of the page')
    server = createServer(staticFiles(pathToFileURL(`${folder}/`)))
    await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve))
    origin = `http://localhost:${(server.address() as AddressInfo).port}`
  })
  afterAll(() => {
    server.close()
    rmSync(folder, { recursive: true })
  })

  it('serves the page at / with its type and a policy that allows only its own files', async () => {
    const response = await fetch(`${origin}/?from=a-bookmark`)
    expect(response.status).toBe(200)
    expect(await response.text()).toBe('<!doctype html>hello')
    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8')
    const policy = response.headers.get('content-security-policy') ?? ''
    expect(policy).toMatch(/^default-src 'none'; script-src 'self'; style-src 'self';/)
    expect(policy).not.toMatch(/unsafe|\*/)
  })

  it('compresses for those who can read it', async () => {
    const response = await fetch(`${origin}/app.js`, { headers: { 'accept-encoding': 'gzip' } })
    expect(response.headers.get('content-encoding')).toBe('gzip')
    expect(response.headers.get('content-type')).toBe('text/javascript; charset=utf-8')
    expect(await response.text()).toBe('export {}'.repeat(100))
  })

  it('does not send again what did not change', async () => {
    const first = await fetch(`${origin}/app.js`)
    await first.text()
    const again = await fetch(`${origin}/app.js`, { headers: { 'if-none-match': first.headers.get('etag') ?? '' } })
    expect(again.status).toBe(304)
  })

  it.each(['/notes.txt', '/../package.json', '/%2e%2e/package.json', '/constructor', '/index.html/'])(
    'knows nothing of %s',
    async (path) => {
      expect((await fetch(`${origin}${path}`)).status).toBe(404)
    },
  )

  it('can only be read', async () => {
    const response = await fetch(`${origin}/`, { method: 'POST', body: 'x' })
    expect(response.status).toBe(405)
    expect(response.headers.get('allow')).toBe('GET, HEAD')
    const head = await fetch(`${origin}/`, { method: 'HEAD' })
    expect(await head.text()).toBe('')
  })
})

import { createHash, randomBytes } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Browser, BrowserContext, Locator, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { build } from '../../examples/files/build.mjs'
import { type RunningFiles, startFiles } from '../../examples/files/src/server.ts'
import { root } from '../setup/workspace.mjs'
import { CuttingProxy } from './cutting-proxy.ts'
import { launch, WIDE } from './dashboard.ts'

const SCREENSHOTS = join(root, 'test/screenshots')
const MiB = 1024 * 1024

/** The page as a person opens it, with a proxy between that can be cut. */
describe('the page of files', { timeout: 90_000 }, () => {
  let browser: Browser
  let folder: string
  let running: RunningFiles
  let proxy: CuttingProxy
  let url: string
  const content = randomBytes(24 * MiB)
  const sum = createHash('sha256').update(content).digest('hex')
  const contexts: BrowserContext[] = []
  const complaints: string[] = []
  const stored = () => join(folder, 'stored')

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'files-'))
    const page = pathToFileURL((await build({ into: join(folder, 'built') })).page)
    writeFileSync(join(folder, 'large.bin'), content)
    browser = await launch()
    running = await startFiles({
      ...{ port: 0, host: '127.0.0.1', folder: stored(), token: 'a-token', page, fileBytes: 30 * MiB },
    })
    proxy = new CuttingProxy(Number(new URL(running.url).port))
    url = `http://127.0.0.1:${await proxy.listen()}/#a-token`
  })
  afterEach(async () => {
    for (const context of contexts.splice(0)) await context.close()
    expect(complaints.splice(0)).toEqual([])
  })
  afterAll(async () => {
    await browser?.close()
    await proxy?.close()
    await running?.close()
    rmSync(folder, { recursive: true })
  })

  const open = async (address = url) => {
    const context = await browser.newContext({ viewport: WIDE, colorScheme: 'light' })
    contexts.push(context)
    const page = await context.newPage()
    page.on('console', (message) => {
      if (/error|warning/.test(message.type())) complaints.push(message.text())
    })
    page.on('pageerror', (error) => complaints.push(String(error)))
    await page.goto(address)
    return page
  }
  const send = (page: Page, name = 'large.bin') => page.getByTestId('pick').setInputFiles(join(folder, name))
  const numberOf = async (row: Locator, name: string) => Number((await row.getAttribute(`data-${name}`)) ?? 0)
  /** Waits until a transfer has come so far. */
  const reaches = async (page: Page, bytes: number) => {
    const row = page.getByTestId('transfer')
    while ((await numberOf(row, 'stored')) < bytes) await page.waitForTimeout(10)
    return row
  }

  it('sends a file over cuts, with a pause, a reload, and the same sum at the end', async () => {
    const page = await open()
    await send(page)
    await reaches(page, 2 * MiB)
    proxy.cut()
    const row = await reaches(page, 6 * MiB)
    await page.getByTestId('pause').click()
    await page.screenshot({ path: join(SCREENSHOTS, 'files.png') })
    // What was on its way when it was paused still arrives; then it stands.
    await page.waitForTimeout(500)
    const paused = await numberOf(row, 'stored')
    await page.waitForTimeout(500)
    expect(await numberOf(row, 'stored')).toBe(paused)
    expect(paused).toBeLessThan(content.length)
    await page.reload()
    await page.getByTestId('unfinished').filter({ hasText: 'large.bin' }).waitFor()
    await send(page)
    await page
      .getByTestId('words')
      .filter({ hasText: sum.slice(0, 16) })
      .waitFor()
    expect(await numberOf(page.getByTestId('transfer'), 'resumed')).toBeGreaterThanOrEqual(paused)
    expect(readFileSync(join(stored(), 'large.bin')).equals(content)).toBe(true)
    await page.getByTestId('file').filter({ hasText: 'large.bin' }).waitFor()
    expect(await page.getByTestId('unfinished').count()).toBe(0)
    await page.screenshot({ path: join(SCREENSHOTS, 'files-stored.png') })
  })

  it('gets a file over cuts and a reload, and saves it', async () => {
    writeFileSync(join(stored(), 'back.bin'), content)
    const page = await open()
    const download = () =>
      page.getByTestId('file').filter({ hasText: 'back.bin' }).getByRole('button', { name: 'Download' }).click()
    await download()
    await reaches(page, 2 * MiB)
    proxy.cut()
    await reaches(page, 5 * MiB)
    await page.getByTestId('pause').click()
    const before = await numberOf(page.getByTestId('transfer'), 'stored')
    await page.reload()
    await download()
    await page
      .getByTestId('words')
      .filter({ hasText: sum.slice(0, 16) })
      .waitFor()
    expect(await numberOf(page.getByTestId('transfer'), 'resumed')).toBeGreaterThanOrEqual(before)
    const saving = page.waitForEvent('download')
    await page.getByTestId('save').click()
    const path = await (await saving).path()
    expect(readFileSync(path).equals(content)).toBe(true)
  })

  it('says why a file is refused, and keeps nothing of it', async () => {
    writeFileSync(join(folder, 'huge.bin'), new Uint8Array(31 * MiB))
    writeFileSync(join(folder, '.hidden'), 'x')
    writeFileSync(join(folder, 'small.txt'), 'mine')
    writeFileSync(join(stored(), 'small.txt'), 'theirs')
    const page = await open()
    for (const [name, words] of [
      ['huge.bin', 'at most 30.0 MiB'],
      ['.hidden', 'begins with a dot'],
      ['small.txt', 'another file of this name'],
    ] as const) {
      await send(page, name)
      await page.getByTestId('words').filter({ hasText: words }).waitFor()
    }
    await page.screenshot({ path: join(SCREENSHOTS, 'files-refused.png') })
    expect(readFileSync(join(stored(), 'small.txt'), 'utf8')).toBe('theirs')
    expect(readdirSync(join(stored(), '.partial'))).toEqual([])
    await page.getByRole('button', { name: 'Replace it' }).click()
    await page.getByTestId('words').filter({ hasText: 'Stored and compared' }).waitFor()
    expect(readFileSync(join(stored(), 'small.txt'), 'utf8')).toBe('mine')
  })

  it('lets nobody in without the token', async () => {
    const page = await open(url.replace('a-token', 'a-guess'))
    await page.getByTestId('status-words').filter({ hasText: 'Open the address' }).waitFor()
    expect(await page.getByTestId('file').count()).toBe(0)
  })
})

import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { build } from '../../examples/ticker/build.mjs'
import { type Everything, startEverything } from '../../examples/ticker/src/all.ts'
import { present } from '../engines/servers.ts'
import { provideRedis } from '../setup/engines.mjs'
import { root } from '../setup/workspace.mjs'
import { launch, NARROW, WIDE } from './dashboard.ts'

const SCREENSHOTS = join(root, 'test/screenshots')
const redis = await provideRedis()

type Look = { viewport?: { width: number; height: number }; colorScheme?: 'light' | 'dark' }

/** The example as a person runs it: an engine, an exchange, two nodes and a balancer, of which nodes are killed. */
describe.runIf(present('redis-server', redis))('the page of the ticker', { timeout: 60_000 }, () => {
  let browser: Browser
  let folder: string
  let running: Everything
  const contexts: BrowserContext[] = []
  const complaints: string[] = []
  const said: string[] = []

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'ticker-'))
    mkdirSync(SCREENSHOTS, { recursive: true })
    const { main } = await build({ into: folder })
    browser = await launch()
    running = await startEverything({
      ...{ port: 0, host: 'localhost', script: main, engine: undefined, redisServer: redis.path ?? '' },
      say: (sentence) => said.push(sentence),
    })
  }, 60_000)
  afterEach(async () => {
    for (const context of contexts.splice(0)) await context.close()
    // The browser itself reports every connection that ended without a goodbye.
    expect(complaints.splice(0).filter((text) => !/WebSocket connection to .* failed/.test(text))).toEqual([])
  })
  afterAll(async () => {
    await browser?.close()
    await running?.close()
    rmSync(folder, { recursive: true, force: true })
  })

  const open = async (look: Look = {}) => {
    const narrow = look.viewport === NARROW
    const context = await browser.newContext({ viewport: WIDE, hasTouch: narrow, isMobile: narrow, ...look })
    contexts.push(context)
    await context.addInitScript(() => {
      document.addEventListener('securitypolicyviolation', (event) => {
        console.error(`policy violated: ${event.violatedDirective} by ${event.blockedURI}`)
      })
    })
    const page = await context.newPage()
    page.on('console', (message) => {
      if (/error|warning/.test(message.type())) complaints.push(message.text())
    })
    page.on('pageerror', (error) => complaints.push(String(error)))
    await page.goto(running.url)
    await served(page)
    await grow(page, 3)
    return page
  }
  const text = async (page: Page, id: string) =>
    ((await page.getByTestId(id).textContent()) ?? '').replaceAll('\u00a0', ' ').trim()
  const proof = async (page: Page, name: string) => Number((await text(page, `proof-${name}`)).replaceAll(',', ''))
  const phase = (page: Page, name: string) => page.locator(`[data-testid=status][data-phase=${name}]`).waitFor()
  const nodeOf = async (page: Page) => (await page.locator('body').getAttribute('data-node')) ?? ''
  const pidOf = async (page: Page) => Number(await page.locator('body').getAttribute('data-pid'))
  const served = async (page: Page) => {
    await phase(page, 'connected')
    while ((await nodeOf(page)) === '') await page.waitForTimeout(20)
  }
  /** Waits for as many more changes. */
  const grow = async (page: Page, by: number) => {
    const wanted = (await proof(page, 'heard')) + by
    while ((await proof(page, 'heard')) < wanted) await page.waitForTimeout(50)
  }
  /** Waits until another process serves the page. */
  const moved = async (page: Page, from: number) => {
    while ((await pidOf(page)) === from) await page.waitForTimeout(20)
    await served(page)
  }
  const nothingIsMissing = async (page: Page) =>
    expect([await proof(page, 'missing'), await proof(page, 'doubled'), await proof(page, 'gaps')]).toEqual([0, 0, 0])

  it('shows six markets, the book of one of them, and which node serves it', async () => {
    const page = await open()
    expect(await text(page, 'status-words')).toMatch(/^Node [12]$/)
    expect(running.pidOf(await nodeOf(page))).toBe(await pidOf(page))
    await page.getByTestId('market-vanilla').click()
    expect(await text(page, 'market-name')).toBe('vanilla')
    await grow(page, 5)
    expect(await page.locator('.rung.bid:not(.empty)').count()).toBeGreaterThan(4)
    expect(await page.locator('.rung.ask:not(.empty)').count()).toBeGreaterThan(4)
    const prices = await Promise.all(['saffron', 'clove', 'pepper'].map((market) => text(page, `last-${market}`)))
    for (const price of prices) expect(price).toMatch(/^\d+\.\d\d$/)
    await nothingIsMissing(page)
  })

  it('misses nothing when its node is killed before its eyes, again and again', async () => {
    const page = await open()
    for (let kills = 1; kills <= 4; kills++) {
      const before = await pidOf(page)
      await page.getByTestId('kill').click()
      await moved(page, before)
      await page.getByTestId('outcome').filter({ hasText: 'nothing is missing' }).waitFor()
      if (kills === 1) await page.screenshot({ path: join(SCREENSHOTS, 'ticker-killed.png') })
      await grow(page, 8)
    }
    await nothingIsMissing(page)
    expect(await proof(page, 'moves')).toBeGreaterThanOrEqual(4)
    expect(said.filter((sentence) => /ended \(SIGKILL\)/.test(sentence)).length).toBeGreaterThanOrEqual(4)
  })

  it('gets an order into the market once, though the node is killed with the answer in its hands', async () => {
    const page = await open()
    for (let kills = 1; kills <= 3; kills++) {
      const before = await pidOf(page)
      await page.getByTestId('place-and-kill').click()
      await moved(page, before)
      await page
        .locator('[data-testid=order-row][data-phase=done], [data-testid=order-row][data-phase=standing]')
        .nth(kills - 1)
        .waitFor()
      await grow(page, 5)
    }
    // A call whose node died may take its time, while the order is traded already.
    await page.getByTestId('order-row').filter({ hasText: 'taken by' }).nth(2).waitFor()
    const rows = await page.getByTestId('order-row').allTextContents()
    expect(rows).toHaveLength(3)
    for (const row of rows) expect(row).toMatch(/taken by node [12]$/)
    await nothingIsMissing(page)
    await page.screenshot({ path: join(SCREENSHOTS, 'ticker-orders.png') })
  })

  it.each(['engine', 'exchange'])('has no gap when the %s is killed', async (name) => {
    const page = await open()
    process.kill(running.pidOf(name) ?? 0, 'SIGKILL')
    await page.waitForTimeout(200)
    await grow(page, 20)
    expect(running.pidOf(name)).toBeGreaterThan(0)
    expect(await proof(page, 'moves')).toBe(0)
    await nothingIsMissing(page)
  })

  it('is sent to other processes one after the other, and is never without a connection', async () => {
    const page = await open()
    const before = await pidOf(page)
    const broken = page.evaluate(() => {
      const seen = new Set<string | undefined>()
      new MutationObserver(() => seen.add(document.body.dataset.phase)).observe(document.body, { attributes: true })
      return new Promise<(string | undefined)[]>((resolve) => {
        document.body.addEventListener('over', () => resolve([...seen]), { once: true })
      })
    })
    await running.renewNodes()
    expect(await pidOf(page)).not.toBe(before)
    await grow(page, 5)
    await page.evaluate(() => document.body.dispatchEvent(new Event('over')))
    expect((await broken).filter((name) => name !== 'connected')).toEqual([])
    await nothingIsMissing(page)
  })

  it('says how many watch its market, and on which nodes', async () => {
    const pages = [await open(), await open(), await open()]
    const [page] = pages as [Page]
    await page.getByTestId('audience-count').filter({ hasText: '3 pages on saffron' }).waitFor()
    const nodes = await Promise.all(pages.map(nodeOf))
    const expected = [...new Set(nodes)].sort().map((name) => name + nodes.filter((each) => each === name).length)
    expect(await page.getByTestId('audience-row').allTextContents()).toEqual(expected)
    await page.getByTestId('market-nutmeg').click()
    await page.getByTestId('audience-count').filter({ hasText: '1 page on nutmeg' }).waitFor()
    await page.screenshot({ path: join(SCREENSHOTS, 'ticker-audience.png'), fullPage: true })
  })

  it('says why an order is refused', async () => {
    const page = await open()
    await page.getByTestId('price').fill('1')
    await page.getByTestId('place').click()
    await page.getByTestId('order-answer').filter({ hasText: 'TOO_FAR' }).waitFor()
    expect(await text(page, 'order-answer')).toMatch(/^Too far from the price: from [\d.,]+ to [\d.,]+ will do/)
    await page.getByTestId('price').fill('a lot')
    await page.getByTestId('place').click()
    await page.getByTestId('order-answer').filter({ hasText: 'numbers' }).waitFor()
  })

  it.each([
    ['wide-light', { viewport: WIDE, colorScheme: 'light' }],
    ['wide-dark', { viewport: WIDE, colorScheme: 'dark' }],
    ['narrow-light', { viewport: NARROW, colorScheme: 'light' }],
    ['narrow-dark', { viewport: NARROW, colorScheme: 'dark' }],
  ] as const)('fits its screen: %s', async (name, look) => {
    const page = await open(look)
    await grow(page, 4)
    await page.screenshot({ path: join(SCREENSHOTS, `ticker-${name}.png`), fullPage: true })
    const [content, room] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth])
    expect(content).toBeLessThanOrEqual(room ?? 0)
  })
})

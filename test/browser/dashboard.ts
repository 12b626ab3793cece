import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'
import { chromiumArguments, chromiumPath } from '../setup/chromium.mjs'
import { root } from '../setup/workspace.mjs'

const SCREENSHOTS = join(root, 'test/screenshots')

export const WIDE = { width: 1280, height: 800 }
export const NARROW = { width: 390, height: 844 }

export type Look = {
  viewport?: { width: number; height: number }
  colorScheme?: 'light' | 'dark'
  reducedMotion?: 'reduce' | 'no-preference'
}

/** What a chart on the page says that it holds. */
export type Proof = { readings: number; missing: number; first: number; last: number }

export async function launch(): Promise<Browser> {
  return chromium.launch({ executablePath: chromiumPath(), args: chromiumArguments })
}

/** One viewer: a page of the dashboard with a memory of its own, and all that the browser complained about. */
export class Dashboard {
  readonly page: Page
  readonly complaints: string[] = []
  readonly #context: BrowserContext

  private constructor(context: BrowserContext, page: Page) {
    this.#context = context
    this.page = page
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning') this.complaints.push(message.text())
    })
    page.on('pageerror', (error) => this.complaints.push(String(error)))
  }

  /** Opens the dashboard and waits until it is connected and every chart has a reading. */
  static async open(browser: Browser, url: string, look: Look = {}): Promise<Dashboard> {
    const narrow = look.viewport === NARROW
    const context = await browser.newContext({ viewport: WIDE, hasTouch: narrow, isMobile: narrow, ...look })
    // Violations of the page's policy are told to the page, and only some of them to the console.
    await context.addInitScript(() => {
      document.addEventListener('securitypolicyviolation', (event) => {
        console.error(`policy violated: ${event.violatedDirective} by ${event.blockedURI}`)
      })
    })
    const dashboard = new Dashboard(context, await context.newPage())
    await dashboard.page.goto(url)
    await dashboard.connected()
    await dashboard.until((proofs) => proofs.length > 0 && proofs.every(({ last }) => last > 0))
    return dashboard
  }

  async close(): Promise<void> {
    await this.#context.close()
  }

  /** The browser itself reports every try to connect that reached nobody; where a test brings that about, it is no complaint. */
  forgive(expected: RegExp): void {
    const left = this.complaints.filter((text) => !expected.test(text))
    this.complaints.splice(0, this.complaints.length, ...left)
  }

  find(testId: string) {
    return this.page.getByTestId(testId)
  }

  async connected(): Promise<void> {
    await this.phase('connected')
  }

  async phase(phase: string): Promise<void> {
    await this.page.locator(`[data-testid=status][data-phase=${phase}]`).waitFor()
  }

  /** What every chart holds, in the order of the page. */
  async proofs(): Promise<Proof[]> {
    return this.page.locator('article[data-testid^=chart-]').evaluateAll((charts) =>
      charts.map((chart) => {
        const { readings, missing, first, last } = (chart as HTMLElement).dataset
        return { readings: Number(readings), missing: Number(missing), first: Number(first), last: Number(last) }
      }),
    )
  }

  /** Looks again until the charts are as wanted. The test's own time limit ends a wait that is in vain. */
  async until(wanted: (proofs: Proof[]) => boolean): Promise<Proof[]> {
    for (;;) {
      const proofs = await this.proofs()
      if (wanted(proofs)) return proofs
      await this.page.waitForTimeout(50)
    }
  }

  /** Waits for as many more readings on every chart. */
  async grow(by: number): Promise<Proof[]> {
    const before = await this.proofs()
    return this.until((now) => now.every(({ last }, i) => last >= (before[i]?.last ?? 0) + by))
  }

  /** What an element says, with ordinary spaces. */
  async text(testId: string): Promise<string> {
    return ((await this.find(testId).textContent()) ?? '').replaceAll('\u00a0', ' ').trim()
  }

  /** Waits until an element says something that fits. */
  async says(testId: string, words: RegExp): Promise<string> {
    await this.find(testId).filter({ hasText: words }).waitFor()
    return this.text(testId)
  }

  /** A number under "On the wire", once it is at least as wanted: they are written twice a second. */
  async wire(name: string, atLeast = 0): Promise<number> {
    for (;;) {
      const value = Number((await this.text(`wire-${name}`)).replaceAll(',', ''))
      if (value >= atLeast) return value
      await this.page.waitForTimeout(50)
    }
  }

  /** Asks for another interval by hand. */
  async ask(milliseconds: string): Promise<void> {
    await this.find('interval').fill(milliseconds)
    await this.find('set-interval').click()
  }

  /** Waits until an element has arrived where it will stay. */
  async settled(testId: string): Promise<void> {
    await this.find(testId).evaluate((element) => Promise.all(element.getAnimations().map(({ finished }) => finished)))
  }

  async screenshot(name: string, fullPage = false): Promise<void> {
    mkdirSync(SCREENSHOTS, { recursive: true })
    await this.page.screenshot({ path: join(SCREENSHOTS, `${name}.png`), fullPage })
  }
}

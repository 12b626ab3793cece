import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { build } from '../../examples/terminal/build.mjs'
import { type RunningTerminal, startTerminal } from '../../examples/terminal/src/server.ts'
import { whatIsMissing } from '../../examples/terminal/src/shell.ts'
import { root } from '../setup/workspace.mjs'
import { CuttingProxy } from './cutting-proxy.ts'
import { type Look, launch, NARROW, WIDE } from './dashboard.ts'

const SCREENSHOTS = join(root, 'test/screenshots')

/** The example as a person opens it, with a proxy between that can be cut, and a plain shell that is the same everywhere. */
describe.runIf(whatIsMissing() === undefined)('the terminal', { timeout: 90_000 }, () => {
  let browser: Browser
  let folder: string
  let running: RunningTerminal
  let proxy: CuttingProxy
  let port: number
  const contexts: BrowserContext[] = []
  const complaints: string[] = []

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'terminal-'))
    const page = pathToFileURL((await build({ into: folder })).page)
    browser = await launch()
    running = await startTerminal({
      ...{ port: 0, host: '127.0.0.1', page, announce: () => {} },
      command: ['/usr/bin/env', `ROOM=${folder}`, 'PS1=$ ', 'ENV=', 'HISTFILE=', '/bin/sh', '-i'],
    })
    proxy = new CuttingProxy(running.port)
    port = await proxy.listen()
  })
  afterEach(async () => {
    for (const context of contexts.splice(0)) await context.close()
    await settles(() => running.shells.size === 0)
    expect(complaints.splice(0)).toEqual([])
  })
  afterAll(async () => {
    await browser?.close()
    await proxy?.close()
    await running?.close()
    rmSync(folder, { recursive: true })
  })

  const open = async (look: Look = {}, url = running.url) => {
    const context = await browser.newContext({ viewport: WIDE, colorScheme: 'dark', ...look })
    contexts.push(context)
    const page = await context.newPage()
    page.on('console', (message) => {
      if (/error|warning/.test(message.type())) complaints.push(message.text())
    })
    page.on('pageerror', (error) => complaints.push(String(error)))
    await page.goto(url.replace(/:\d+\//, `:${port}/`))
    return page
  }
  const opened = async (look?: Look) => {
    const page = await open(look)
    await says(page, /^\$$/m)
    return page
  }
  const shot = async (page: Page, name: string) => {
    mkdirSync(SCREENSHOTS, { recursive: true })
    await page.screenshot({ path: join(SCREENSHOTS, `${name}.png`) })
  }

  it('runs what is typed, and shows what it prints', async () => {
    const page = await opened()
    await page.keyboard.type("echo $((6 * 7)) 'für' 'dich'\n")
    await says(page, /^42 für dich$/m)
    await page.keyboard.type(
      "printf '\\033[1;38;2;255;120;60mcoloured\\033[0m \\033[7minverse\\033[0m\\n'; ls -d /usr /etc\n",
    )
    await says(page, /^\/etc/m)
    await shot(page, 'terminal')
  })

  it('tells the shell how large it is, now and when that changes', async () => {
    const page = await opened()
    let asked = 0
    const size = async () => {
      // Each answer says which question it is of: the screen may still show the one before.
      const answer = new RegExp(`^size ${++asked}: (\\d+) (\\d+)$`, 'm')
      await page.keyboard.type(`clear; echo size ${asked}: $(stty size)\n`)
      const [, rows, columns] = answer.exec(await says(page, answer)) ?? []
      return { rows: Number(rows), columns: Number(columns) }
    }
    const shown = () => page.locator('.xterm-rows > div').count()
    const before = await size()
    await page.setViewportSize({ width: 640, height: 400 })
    await settled(page, async () => (await shown()) < before.rows)
    let after = await size()
    // The page's new size travels on its own.
    await settled(page, async () => {
      after = await size()
      return after.rows === (await shown())
    })
    expect(after.columns).toBeLessThan(before.columns * 0.6)
  })

  it('goes on after cuts without a character lost or doubled, either way', async () => {
    const page = await opened()
    await page.keyboard.type('for n in $(seq 700); do printf "%s-" $n; sleep 0.003; done; echo over\n')
    for (const reached of [60, 250, 500]) {
      await says(page, new RegExp(`${reached}-`))
      proxy.cut()
      await page.locator('body[data-phase=reconnecting]').waitFor()
      await page.locator('body[data-phase=connected]').waitFor()
    }
    const printed = (await says(page, /-over\n/)).replaceAll('\n', '')
    const numbers = Array.from({ length: 700 }, (_, index) => index + 1).join('-')
    expect(printed).toContain(`${numbers}-over`)
    expect(await page.getByTestId('status-words').textContent()).toBe('Connected')
  })

  it('keeps what is typed while there is no connection, and says that it does', async () => {
    const page = await opened()
    await page.keyboard.type(`cat > $ROOM/typed\n`)
    let typed = ''
    for (let line = 0; line < 40; line++) {
      if (line % 10 === 5) proxy.cut()
      const text = `line ${line} ${'abcdefghij'.repeat(line % 4)}`
      await page.keyboard.type(`${text}\n`)
      typed += `${text}\n`
    }
    await page.locator('body[data-phase=connected]').waitFor()
    await page.keyboard.press('Control+d')
    await page.keyboard.type('sha256sum < $ROOM/typed\n')
    await says(page, new RegExp(createHash('sha256').update(typed).digest('hex')))
    expect(readFileSync(join(folder, 'typed'), 'utf8')).toBe(typed)
  })

  it('says honestly that the connection is gone, with the screen as it was', async () => {
    const page = await opened()
    await page.keyboard.type('echo still here\n')
    await says(page, /^still here$/m)
    await page.context().setOffline(true)
    proxy.cut()
    await page.getByTestId('notice').filter({ hasText: 'What you type now waits' }).waitFor()
    await page.keyboard.type('echo and here\n')
    await shot(page, 'terminal-away')
    expect(await screen(page)).toMatch(/^still here$/m)
    await page.context().setOffline(false)
    await says(page, /^and here$/m)
    await page.locator('body[data-phase=connected]').waitFor()
    expect(await page.getByTestId('notice').isHidden()).toBe(true)
    forgive(/ERR_INTERNET_DISCONNECTED/)
  })

  it('has several shells, and ends each with its exit code', async () => {
    const page = await opened()
    await page.keyboard.type('here=first\n')
    await page.getByTestId('add').click()
    await settles(() => running.shells.size === 2)
    await says(page, /^\$$/m)
    await page.keyboard.type('echo "[$here]"; exit 7\n')
    expect(await says(page, /ended with code 7/)).toMatch(/^\[\]$/m)
    await page.getByTestId('tab').first().getByRole('tab').click()
    await page.keyboard.type('echo "[$here]"\n')
    await says(page, /^\[first\]$/m)
    await shot(page, 'terminal-tabs')
  })

  it('holds back a shell that prints faster than a page can draw', async () => {
    const page = await opened()
    const before = process.memoryUsage().rss
    await page.keyboard.type('yes | head -c 200000000\n')
    await says(page, /^y\n(y\n){10}/m)
    // The page answers while it prints: somebody who has seen enough is heard.
    for (let look = 0; look < 5; look++) await page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 50)))
    expect((process.memoryUsage().rss - before) / 1024 / 1024).toBeLessThan(150)
    await page.keyboard.press('Control+c')
    await page.keyboard.type('clear; echo enough\n')
    await says(page, /^enough$/m)
  })

  it('ends the shells, and what they started, when the page is gone for good', async () => {
    const page = await opened()
    await page.keyboard.type('sleep 1000 & echo pid $!.\n')
    const [, pid] = /^pid (\d+)\.$/m.exec(await says(page, /^pid \d+\.$/m)) ?? []
    await contexts.pop()?.close()
    await settles(() => running.shells.size === 0)
    expect(() => readFileSync(`/proc/${pid}/cmdline`, 'utf8') || raise('a zombie')).toThrow()
  })

  it('lets nobody in with an address that was used, and nobody without', async () => {
    const { url } = running
    await (await open({}, url)).locator('body[data-phase=connected]').waitFor()
    for (const stale of [url, url.replace(/#.*/, ''), url.replace(/#.*/, '#guess')]) {
      const stranger = await open({}, stale)
      await stranger.locator('body[data-phase=closed]').waitFor()
      expect(await stranger.getByTestId('notice').textContent()).toMatch(/each works once/)
    }
    expect(running.shells.size).toBe(1)
  })

  it('lets in the same tab again, and takes the token out of the address', async () => {
    const page = await opened()
    expect(new URL(page.url()).hash).toBe('')
    await page.reload()
    await says(page, /^\$$/m)
    await settles(() => running.shells.size === 1)
  })

  it.each([
    ['terminal-light', { colorScheme: 'light' }],
    ['terminal-narrow', { viewport: NARROW }],
  ] as const)('fits its screen: %s', async (name, look) => {
    const page = await opened(look)
    await page.keyboard.type('ls /usr\n')
    await says(page, /share/)
    await shot(page, name)
    const [content, room] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth])
    expect(content).toBeLessThanOrEqual(room ?? 0)
  })

  function forgive(expected: RegExp): void {
    const left = complaints.filter((text) => !expected.test(text))
    complaints.splice(0, complaints.length, ...left)
  }
})

/** What the shell that is in front shows, line by line. */
async function screen(page: Page): Promise<string> {
  const rows = await page.locator('[data-testid=screen][data-chosen] .xterm-rows > div').allTextContents()
  return rows.map((row) => row.replaceAll('\u00a0', ' ').trimEnd()).join('\n')
}

async function says(page: Page, wanted: RegExp): Promise<string> {
  let text = ''
  await settled(page, async () => {
    text = await screen(page)
    return wanted.test(text)
  })
  return text
}

/** The test's own time limit ends a wait that is in vain. */
async function settled(page: Page, condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await page.waitForTimeout(30)
}

async function settles(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 20))
}

function raise(what: string): never {
  throw new Error(what)
}

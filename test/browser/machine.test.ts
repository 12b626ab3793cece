import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Browser } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { build } from '../../examples/machine/build.mjs'
import { type RunningMachine, startMachine } from '../../examples/machine/src/server.ts'
import { Dashboard, type Look, launch, NARROW, WIDE } from './dashboard.ts'

/** The example as a person runs it, with its real sensors, only faster to begin with: a test should not wait a second for a reading. */
describe('the dashboard of the machine', { timeout: 60_000 }, () => {
  let browser: Browser
  let folder: string
  let page: URL
  let machine: RunningMachine
  const opened: Dashboard[] = []

  const open = async (look?: Look) => {
    const dashboard = await Dashboard.open(browser, machine.url, look)
    opened.push(dashboard)
    return dashboard
  }
  const start = (port = 0) => startMachine({ port, page, intervalMs: 250, patienceMs: 20_000 })

  /** Waits until the machine has measured as many more times, whoever watches. */
  const measured = async (rounds: number) => {
    const newest = () => machine.sampler.history('memory')?.newest ?? 0
    const wanted = newest() + rounds
    while (newest() < wanted) await new Promise((resolve) => setTimeout(resolve, 20))
  }

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'machine-'))
    page = pathToFileURL((await build({ into: folder })).page)
    browser = await launch()
    machine = await start()
  })
  afterEach(async () => {
    const complaints = opened.flatMap((dashboard) => dashboard.complaints)
    for (const dashboard of opened.splice(0)) await dashboard.close()
    machine.sampler.intervalMs = 250
    expect(complaints).toEqual([])
  })
  afterAll(async () => {
    await browser?.close()
    await machine?.close()
    rmSync(folder, { recursive: true })
  })

  it('shows what the machine is, who is watching, and values that move', async () => {
    const viewer = await open()
    expect(await viewer.text('hostname')).not.toBe('Machine')
    expect(await viewer.text('status-words')).toBe('Connected')
    expect(await viewer.text('viewer-you')).toMatch(/you/)
    const before = await viewer.proofs()
    const after = await viewer.grow(8)
    after.forEach((chart, i) => {
      expect(chart.missing).toBe(0)
      expect(chart.readings).toBeGreaterThanOrEqual((before[i]?.readings ?? 0) + 8)
    })
    expect(await viewer.text('now-memory')).toMatch(/^\d+(\.\d+)?$/)
  })

  it('begins with what was measured before the page came, and reaches further back when asked', async () => {
    const first = await open()
    await first.grow(4)
    const viewer = await open()
    expect(await viewer.wire('fromHistory', 1)).toBeGreaterThan(0)
    for (const { first: oldest, missing } of await viewer.proofs()) {
      expect(oldest).toBe(1)
      expect(missing).toBe(0)
    }
    await viewer.find('window-5').click()
    expect(await viewer.says('history-words', /\.$/)).toMatch(/^The machine remembers \d+ s\.$/)
  })

  it('changes the interval for everybody', async () => {
    const [asker, other] = [await open(), await open()]
    await asker.find('preset-1000').click()
    await other.find('answer-yes').click()
    expect(await asker.says('interval-answer', /Everybody/)).toContain('a reading every 1 s')
    expect(await other.says('interval-now', /every 1/)).toBe('a reading every 1 s')
    expect(machine.sampler.intervalMs).toBe(1000)
    await asker.grow(2)
  })

  it('says why an interval is too fast, and offers the fastest there is', async () => {
    const viewer = await open()
    await viewer.ask('20')
    const answer = await viewer.says('interval-answer', /TOO_FAST/)
    expect(answer).toContain('20 ms is too fast')
    expect(answer).toContain('every 50 ms')
    expect(machine.sampler.intervalMs).toBe(250)
    await viewer.screenshot('error')
    await viewer.find('use-minimum').click()
    await viewer.find('answer-yes').click()
    await viewer.says('interval-answer', /Everybody now gets a reading every 50\sms/)
    expect(machine.sampler.intervalMs).toBe(50)
    await viewer.grow(20)
    for (const { missing } of await viewer.proofs()) expect(missing).toBe(0)
  })

  it('says what is wrong with an interval that its schema refuses', async () => {
    const viewer = await open()
    await viewer.ask('3600000')
    expect(await viewer.says('interval-answer', /invalid-input/)).toMatch(/intervalMs/)
    await viewer.ask('soon')
    expect(await viewer.says('interval-answer', /invalid-input/)).toMatch(/intervalMs/)
    expect(machine.sampler.intervalMs).toBe(250)
  })

  it('asks before it works harder, and leaves it when told no', async () => {
    const viewer = await open()
    await viewer.find('preset-100').click()
    expect(await viewer.says('question-text', /\?/)).toBe('Really measure 10 times a second?')
    await viewer.settled('question')
    await viewer.screenshot('question')
    await viewer.find('answer-no').click()
    expect(await viewer.says('interval-answer', /DECLINED/)).toContain('You said no')
    await viewer.find('question').waitFor({ state: 'detached' })
    expect(machine.sampler.intervalMs).toBe(250)
  })

  it('asks the other viewers by name, and one no is enough', async () => {
    const [asker, other] = [await open(), await open()]
    await asker.find('rename').click()
    await asker.find('name').fill('Ada')
    await asker.find('name').press('Enter')
    await other.page.getByText('Ada', { exact: true }).waitFor()
    await asker.find('preset-5000').click()
    expect(await other.says('question-text', /\?/)).toBe('Ada would like a reading every 5 s. All right with you?')
    await other.find('answer-no').click()
    expect(await asker.says('interval-answer', /DECLINED/)).toMatch(/^\w+ said no/)
    expect(machine.sampler.intervalMs).toBe(250)
  })

  it('comes back from a cut with every reading in the charts', async () => {
    const viewer = await open()
    await viewer.grow(4)
    await viewer.find('cut').click()
    await viewer.phase('reconnecting')
    expect(machine.server.connections.size).toBe(0)
    const atTheCut = await viewer.proofs()
    await measured(8)
    await viewer.screenshot('reconnecting')
    expect(await viewer.proofs()).toEqual(atTheCut)

    await viewer.connected()
    const newest = machine.sampler.history('memory')?.newest ?? 0
    expect(await viewer.says('outcome', /Back after/)).toMatch(/\d+ readings replayed, none missing\.$/)
    for (const [i, chart] of (await viewer.grow(4)).entries()) {
      expect(chart.first).toBe(atTheCut[i]?.first)
      expect(chart.readings).toBe(chart.last - chart.first + 1)
      expect(chart.missing).toBe(0)
    }
    expect(Math.max(...(await viewer.proofs()).map(({ last }) => last))).toBeGreaterThan(newest)
    const replayed = await viewer.wire('replayed', 1)
    // Eight rounds of six sensors were measured while nobody was connected.
    expect(replayed).toBeGreaterThanOrEqual(8 * atTheCut.length)
    expect(await viewer.wire('pushed')).toBeGreaterThan(replayed)
    expect(await viewer.wire('missing')).toBe(0)
    expect(await viewer.wire('gaps')).toBe(0)
    expect(await viewer.wire('reconnects')).toBe(1)
    await viewer.screenshot('recovered')
  })

  it('comes back without a hole however often the server destroys its socket', async () => {
    const viewer = await open()
    for (let cuts = 1; cuts <= 3; cuts++) {
      await viewer.grow(2)
      for (const connection of machine.server.connections) connection.terminate()
      await viewer.phase('reconnecting')
      await viewer.connected()
    }
    for (const { missing, readings, first, last } of await viewer.grow(2)) {
      expect(missing).toBe(0)
      expect(readings).toBe(last - first + 1)
    }
  })

  it('begins anew, and says that there is a gap, when the machine itself was started anew', async () => {
    const viewer = await open()
    await viewer.grow(8)
    const { port } = new URL(machine.url)
    await machine.close()
    await viewer.phase('reconnecting')
    machine = await start(Number(port))
    await viewer.connected()
    for (const { first, missing } of await viewer.grow(2)) {
      expect(first).toBe(1)
      expect(missing).toBe(0)
    }
    expect(await viewer.wire('gaps', 1)).toBe((await viewer.proofs()).length)
    viewer.forgive(/ERR_CONNECTION_REFUSED/)
  })

  it('says that the device is offline, and connects as soon as it is not', async () => {
    const viewer = await open()
    await viewer.page.context().setOffline(true)
    for (const connection of machine.server.connections) connection.terminate()
    await viewer.phase('offline')
    expect(await viewer.text('status-words')).toBe('This device is offline')
    await viewer.page.context().setOffline(false)
    await viewer.connected()
    for (const { missing } of await viewer.grow(2)) expect(missing).toBe(0)
    viewer.forgive(/ERR_INTERNET_DISCONNECTED/)
  })

  it('stays connected when the platform says that the network is back, although it was never gone', async () => {
    const viewer = await open()
    await viewer.page.evaluate(() => dispatchEvent(new Event('online')))
    for (const { missing } of await viewer.grow(4)) expect(missing).toBe(0)
    await viewer.connected()
  })

  it('shows a viewer who was cut off as away to the others, and as the same one when it is back', async () => {
    const [watcher, other] = [await open(), await open()]
    const name = (await other.find('viewer-you').locator('.who').textContent()) ?? ''
    const row = watcher.find('viewer').filter({ hasText: name })
    await row.waitFor()
    await other.find('cut').click()
    await row.filter({ hasText: 'away' }).waitFor()
    await other.connected()
    await row.filter({ hasNotText: 'away' }).waitFor()
    expect(await other.text('viewer-you')).toContain(name)
  })

  it('can be read with the keyboard, and tells it to those who hear the page', async () => {
    const viewer = await open({ reducedMotion: 'reduce' })
    await viewer.grow(3)
    const chart = viewer.find('chart-memory').locator('canvas')
    await chart.focus()
    await chart.press('ArrowLeft')
    await chart.press('ArrowLeft')
    expect(await viewer.says('announce', /used/)).toMatch(/^\d\d:\d\d:\d\d: used [\d.]+ \w+, cached [\d.]+ \w+$/)
    expect(await viewer.text('cursor-time')).toMatch(/^at \d\d:\d\d:\d\d$/)
    await chart.press('Escape')
    expect(await viewer.text('cursor-time')).toBe('')
  })

  it.each([
    ['wide-light', { viewport: WIDE, colorScheme: 'light' }],
    ['wide-dark', { viewport: WIDE, colorScheme: 'dark' }],
    ['narrow-light', { viewport: NARROW, colorScheme: 'light' }],
    ['narrow-dark', { viewport: NARROW, colorScheme: 'dark' }],
  ] as const)('fits its screen: %s', async (name, look) => {
    const viewer = await open(look)
    await viewer.grow(2)
    await viewer.screenshot(name)
    await viewer.screenshot(`${name}-whole`, true)
    const [content, room] = await viewer.page.evaluate(() => [document.documentElement.scrollWidth, innerWidth])
    expect(content).toBeLessThanOrEqual(room ?? 0)
  })

  it('goes through the system’s colours, light and dark, and remembers which', async () => {
    const viewer = await open({ colorScheme: 'dark' })
    const ground = () => viewer.page.evaluate(() => getComputedStyle(document.body).backgroundColor)
    const dark = await ground()
    await viewer.find('theme').click()
    const light = await ground()
    expect(light).not.toBe(dark)
    await viewer.page.reload()
    await viewer.connected()
    expect(await ground()).toBe(light)
    await viewer.find('theme').click()
    expect(await ground()).toBe(dark)
  })
})

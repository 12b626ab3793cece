import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { build } from '../../examples/machine/build.mjs'
import { CuttingProxy } from './cutting-proxy.ts'
import { Dashboard, launch } from './dashboard.ts'

const cutEveryMs = 3_000
const stoppedMs = 10_000

/** What the page says of its connection, each time that it says something else. */
interface Said {
  readonly phase: string
  readonly headline: string
  readonly sentence: string
}

/** The machine as a person runs it, in a process of its own, and what is between it and its page. */
describe('the dashboard of a machine that stops, over a connection that breaks', { timeout: 120_000 }, () => {
  let browser: Browser
  let folder: string
  let main: string

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'machine-'))
    main = (await build({ into: folder })).main
    browser = await launch()
  })
  afterAll(async () => {
    await browser?.close()
    rmSync(folder, { recursive: true })
  })

  async function start() {
    const machine = spawn(process.execPath, [main], { env: { ...process.env, PORT: '0', HOST: '127.0.0.1' } })
    onTestFinished(() => void machine.kill('SIGKILL'))
    const [line] = (await once(machine.stdout, 'data')) as [Buffer]
    const proxy = new CuttingProxy(Number(/:(\d+)\//.exec(String(line))?.[1]))
    const port = await proxy.listen()
    onTestFinished(() => proxy.close())
    const viewer = await Dashboard.open(browser, `http://127.0.0.1:${port}/`)
    onTestFinished(() => viewer.close())
    return { machine, proxy, viewer }
  }

  /** Stops the machine for a moment, in which what was pushed is in the page and nothing else comes. The page says so. */
  async function standing(machine: ChildProcess, viewer: Dashboard) {
    machine.kill('SIGSTOP')
    await viewer.says('status-words', /Connected, but silent/)
    // The numbers on the wire are written twice a second.
    await delay(600)
    const proofs = await viewer.proofs()
    const pushed = await viewer.wire('pushed')
    const fromHistory = await viewer.wire('fromHistory')
    machine.kill('SIGCONT')
    return { proofs, readings: proofs.reduce((sum, { readings }) => sum + readings, 0), pushed, fromHistory }
  }

  /** Begins to write down what the page says; the returned function gives what it has said. */
  async function listen({ page }: Dashboard): Promise<() => Promise<Said[]>> {
    await page.evaluate(() => {
      const said: Said[] = []
      const text = (id: string) => (document.getElementById(id)?.textContent ?? '').replaceAll('\u00a0', ' ')
      const look = () => {
        const phase = document.querySelector<HTMLElement>('[data-testid=status]')?.dataset.phase ?? ''
        said.push({ phase, headline: text('status-words'), sentence: text('status-more') })
      }
      const observer = new MutationObserver(look)
      observer.observe(document.body, { subtree: true, childList: true, characterData: true, attributes: true })
      Object.assign(window, { said })
    })
    return () => page.evaluate(() => (window as unknown as { said: Said[] }).said.splice(0))
  }

  it('has no hole in its charts, and says how it stands all the while', async () => {
    const { machine, proxy, viewer } = await start()
    await viewer.ask('100')
    await viewer.find('answer-yes').click()
    await viewer.says('interval-answer', /Everybody/)
    await viewer.grow(10)
    const before = await standing(machine, viewer)
    await viewer.grow(5)
    const heard = await listen(viewer)

    const cuts = setInterval(() => proxy.cut(), cutEveryMs)
    onTestFinished(() => clearInterval(cuts))
    await delay(3 * cutEveryMs + 500)
    expect((await heard()).map(({ phase }) => phase)).toContain('reconnecting')

    machine.kill('SIGSTOP')
    await delay(stoppedMs - 500)
    await viewer.screenshot('stopped')
    const whileStopped = await heard()
    await delay(500)
    machine.kill('SIGCONT')
    await delay(2 * cutEveryMs)
    clearInterval(cuts)
    await viewer.connected()
    await viewer.grow(10)
    const after = await standing(machine, viewer)
    console.log(
      `stopped: ${proxy.cuts} connections cut, ${after.readings - before.readings} readings in ${after.proofs.length} charts, ${await viewer.wire('replayed')} replayed`,
    )

    for (const [index, { first, last, readings, missing }] of after.proofs.entries()) {
      expect([missing, readings]).toEqual([0, last - first + 1])
      expect(first).toBe(before.proofs[index]?.first)
      expect(last).toBeGreaterThan((before.proofs[index]?.last ?? 0) + 50)
    }
    // Each reading was pushed once: none came from history, and none came twice.
    expect(after.fromHistory).toBe(before.fromHistory)
    expect(after.pushed - before.pushed).toBe(after.readings - before.readings)
    expect([await viewer.wire('gaps'), await viewer.wire('missing')]).toEqual([0, 0])
    expect(await viewer.wire('replayed')).toBeGreaterThan(0)

    // Once it is cut it says that it tries, and when.
    const lost = whileStopped.filter(({ phase }) => phase === 'reconnecting')
    expect(lost.some(({ sentence }) => /^Trying again in \d+\.\d s/.test(sentence))).toBe(true)
    expect(lost.some(({ sentence }) => /^Knocking at the door \(attempt \d+\)/.test(sentence))).toBe(true)
    expect(whileStopped.at(-1)?.phase).toBe('reconnecting')
    viewer.forgive(/WebSocket connection to .* failed/)
    expect(viewer.complaints).toEqual([])
  })
})

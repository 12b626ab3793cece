import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { inDependencyOrder, withScriptPaths } from '../setup/build.mjs'
import { findProgram, provideProgram } from '../setup/debian.mjs'
import { withLock } from '../setup/lock.mjs'
import { nodeBinary } from '../setup/runtimes.mjs'
import { hashOf, run, twoAtATime } from '../setup/workspace.mjs'

const folder = mkdtempSync(join(tmpdir(), 'wirepact-setup-'))
afterAll(() => rmSync(folder, { recursive: true }))

describe('building', () => {
  it('takes packages in the order of their dependencies', () => {
    const names: string[] = inDependencyOrder().map(({ name }) => name)
    const place = (name: string) => names.indexOf(`@wirepact/${name}`)
    expect(place('protocol')).toBeLessThan(place('peer'))
    expect(place('peer')).toBeLessThan(place('server'))
    expect(place('peer')).toBeLessThan(place('client'))
  })

  it.each([
    ["import { a } from './a.ts'", "import { a } from './a.js'"],
    ["export type { A } from '../deep/a.ts';", "export type { A } from '../deep/a.js';"],
    ['type A = import("./a.ts").A', 'type A = import("./a.js").A'],
    ["import './a.ts'", "import './a.js'"],
    ["import { a } from 'a.ts'", "import { a } from 'a.ts'"],
    ["const a = './a.ts'", "const a = './a.ts'"],
  ])('declarations refer to scripts: %s', (source, declaration) => {
    expect(withScriptPaths(source)).toBe(declaration)
  })

  it('notices a changed, a missing and a renamed file', () => {
    const [one, other] = [join(folder, 'one'), join(folder, 'other')]
    const missing = hashOf([one])
    writeFileSync(one, 'text')
    const written = hashOf([one])
    writeFileSync(one, 'other text')
    writeFileSync(other, 'text')
    expect(new Set([missing, written, hashOf([one]), hashOf([other])]).size).toBe(4)
    writeFileSync(one, 'text')
    expect(hashOf([one])).toBe(written)
  })
})

describe('the lock', () => {
  it('lets one in at a time, and is gone afterwards', async () => {
    const path = join(folder, 'lock')
    let inside = 0
    const visits = Array.from({ length: 3 }, () =>
      withLock(path, async () => {
        inside++
        expect(inside).toBe(1)
        await new Promise((resolve) => setImmediate(resolve))
        inside--
      }),
    )
    await Promise.all(visits)
    expect(existsSync(path)).toBe(false)
  })

  it('is taken over from a process that is gone, and released after a failure', async () => {
    const path = join(folder, 'stale')
    const gone = await run(process.execPath, ['-p', 'process.pid'])
    writeFileSync(path, gone.output)
    const failing = withLock(path, () => Promise.reject(new Error('no luck')))
    await expect(failing).rejects.toThrow('no luck')
    expect(existsSync(path)).toBe(false)
  })
})

describe('programs', () => {
  it('are run to their end, with their output and their code', async () => {
    const { code, output } = await run(process.execPath, ['-e', 'console.log(1); console.error(2); process.exit(3)'])
    expect(code).toBe(3)
    expect(output.split('\n').sort()).toEqual(['', '1', '2'])
    expect(await run('no-such-program-at-all', [])).toEqual({ code: 127, output: expect.stringContaining('ENOENT') })
  })

  it('are ended when they outlive their limit', async () => {
    const { code } = await run(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { limitMs: 50 })
    expect(code).toBe(124)
  })

  it('run two at a time and answer in order', async () => {
    let running = 0
    const jobs = [1, 2, 3, 4, 5].map((n) => async () => {
      running++
      expect(running).toBeLessThanOrEqual(2)
      await new Promise((resolve) => setImmediate(resolve))
      running--
      return n
    })
    expect(await twoAtATime(jobs)).toEqual([1, 2, 3, 4, 5])
  })

  it('are found by any of their names', async () => {
    expect(findProgram(['no-such-program-at-all', 'sh'])).toMatch(/\/sh$/)
    expect(findProgram(['no-such-program-at-all'])).toBeUndefined()
    expect(await provideProgram({ names: ['sh'], debianPackage: 'dash' })).toEqual({ path: findProgram(['sh']) })
  })

  it('the running Node.js is its own version', async () => {
    expect(await nodeBinary(Number(process.versions.node.split('.')[0]))).toBe(process.execPath)
  })
})

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { build } from '../build.mjs'

/** The program as it is built and run: plain Node, in a folder that has no packages beside it. */
describe('the program', () => {
  let folder: string
  let main: string
  const running: ChildProcess[] = []

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'machine-'))
    main = (await build({ into: folder })).main
  })
  afterAll(() => {
    for (const program of running) program.kill('SIGKILL')
    rmSync(folder, { recursive: true })
  })

  function run(env: Record<string, string>) {
    const program = spawn(process.execPath, [main], { cwd: folder, env: { ...process.env, ...env } })
    running.push(program)
    const said = { out: '', err: '' }
    program.stdout.on('data', (text) => {
      said.out += text
    })
    program.stderr.on('data', (text) => {
      said.err += text
    })
    return { program, said, ended: once(program, 'close').then(([code]) => code as number | null) }
  }

  it('serves the page, says where, and ends when asked to', async () => {
    const { program, said, ended } = run({ PORT: '0' })
    await once(program.stdout, 'data')
    const url = /http:\S+/.exec(said.out)?.[0] ?? ''
    expect(await (await fetch(url)).text()).toContain('<title>Machine</title>')
    for (const name of ['app.js', 'theme.js', 'style.css', 'icon.svg']) {
      expect((await fetch(new URL(name, url))).status, name).toBe(200)
    }
    program.kill('SIGTERM')
    expect(await ended).toBe(0)
    expect(said.err).toBe('')
  })

  it('says in a sentence that its port is in use', async () => {
    const other = createServer().listen(0, 'localhost')
    await once(other, 'listening')
    const { port } = other.address() as { port: number }
    const { said, ended } = run({ PORT: String(port) })
    expect(await ended).toBe(1)
    expect(said.err).toBe(`Port ${port} is already in use. Choose another one: PORT=${port + 1} npm start\n`)
    other.close()
  })

  it.each(['http', '-1', '65536', '3000.5'])('says in a sentence that %s is no port', async (port) => {
    const { said, ended } = run({ PORT: port })
    expect(await ended).toBe(1)
    expect(said.err).toBe(`PORT must be a number from 0 to 65535, and is "${port}".\n`)
  })
})

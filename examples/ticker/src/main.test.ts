import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { build } from '../build.mjs'

/** The program as it is built and run: plain Node, in a folder that has no packages beside it. */
describe('the program', () => {
  let folder: string
  let main: string

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'ticker-'))
    main = (await build({ into: folder })).main
  })
  afterAll(() => rmSync(folder, { recursive: true }))

  const run = (args: string[], env: Record<string, string> = {}) => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...args], {
      ...{ cwd: folder, encoding: 'utf8', timeout: 10_000 },
      env: { ...process.env, ...env },
    })
    return { status, said: stdout, complained: stderr }
  }

  it('says what it can do', () => {
    const { status, said } = run(['--help'])
    expect(status).toBe(0)
    for (const command of ['exchange', 'node', 'balance']) expect(said).toContain(`npm start -- ticker ${command}`)
  })

  it.each([
    [['dance'], {}, '"dance" is none of exchange, node and balance; --help says more\n'],
    [['node', '--port', 'http'], {}, 'A port is a number from 0 to 65535, and not "http".\n'],
    [[], { PORT: '65536' }, 'A port is a number from 0 to 65535, and not "65536".\n'],
    [[], { REDIS_SERVER: '/no/such/redis' }, 'The engine could not be started: /no/such/redis was not found.\n'],
  ])('says in a sentence what is wrong with %j %j', (args, env, sentence) => {
    expect(run(args, env)).toMatchObject({ status: 1, complained: sentence })
  })
})

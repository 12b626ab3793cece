import { spawnSync } from 'node:child_process'
import { setTimeout as delay } from 'node:timers/promises'
import { afterEach, describe, expect, it } from 'vitest'
import { Shell, type ShellOptions, whatIsMissing } from './shell.ts'

const shells: Shell[] = []
afterEach(async () => {
  for (const shell of shells.splice(0)) {
    shell.end()
    await shell.ended
  }
})

function start(script: string, options: Partial<ShellOptions> = {}) {
  const shell = new Shell({ size: { columns: 80, rows: 24 }, command: ['/bin/sh', '-c', script], ...options })
  shells.push(shell)
  return shell
}

async function all(shell: Shell): Promise<string> {
  let text = ''
  for await (const bytes of shell.output) text += Buffer.from(bytes).toString()
  return text
}

/** Reads until what it has read fits; what comes after may be read by the next. */
function reader(shell: Shell) {
  const chunks = shell.output[Symbol.asyncIterator]()
  let text = ''
  return async (wanted: RegExp): Promise<string> => {
    while (!wanted.test(text)) {
      const { done, value } = await chunks.next()
      if (done) throw new Error(`it ended, and said: ${text}`)
      text += Buffer.from(value).toString()
    }
    return text
  }
}

/** Whether it runs: what was killed and has no parent that asks may stay in the table as a zombie. */
function runs(pid: number): boolean {
  const { stdout } = spawnSync('ps', ['-o', 'stat=', '-p', `${pid}`], { encoding: 'utf8' })
  return /^[^Z\s]/.test(stdout.trim())
}

describe.runIf(whatIsMissing() === undefined)('a shell', () => {
  it('has a terminal of the size that was asked for', async () => {
    expect(await all(start('tty > /dev/null && stty size', { size: { columns: 123, rows: 45 } }))).toBe('45 123\r\n')
  })

  it('ends with its exit code, after all that it printed', async () => {
    const shell = start('seq 20000; exit 42')
    expect((await all(shell)).split('\r\n').length).toBe(20_001)
    expect(await shell.ended).toEqual({ exitCode: 42, signal: null })
  })

  it('says which signal ended it', async () => {
    const shell = start('kill -TERM $$')
    await all(shell)
    expect(await shell.ended).toEqual({ exitCode: null, signal: 'SIGTERM' })
  })

  it('is typed into, and hears Ctrl-C', async () => {
    const shell = start("trap 'echo interrupted; exit 3' INT; read line; echo got $line; while :; do sleep 0.05; done")
    const until = reader(shell)
    await shell.type(Buffer.from('hello\n'))
    await until(/got hello/)
    await shell.type(Buffer.from('\x03'))
    await until(/interrupted/)
    expect(await shell.ended).toEqual({ exitCode: 3, signal: null })
  })

  it('is told when its window changes', async () => {
    const shell = start("trap 'stty size; exit' WINCH; echo ready; while :; do sleep 0.05; done")
    const until = reader(shell)
    await until(/ready/)
    shell.resize({ rows: 50, columns: 132 })
    await until(/50 132/)
  })

  it('is ended with all that it started, even what does not listen', async () => {
    const shell = start("trap '' HUP TERM; sleep 1000 & echo pids $$ $!; wait")
    const [, own, other] = /pids (\d+) (\d+)/.exec(await reader(shell)(/pids \d+ \d+\r/)) ?? []
    expect([Number(own), Number(other)].map(runs)).toEqual([true, true])
    shell.end()
    await shell.ended
    expect([Number(own), Number(other)].map(runs)).toEqual([false, false])
  })

  it('waits while nobody reads', async () => {
    const shell = start('yes | head -c 20000000; echo; echo done')
    const chunks = shell.output[Symbol.asyncIterator]()
    await chunks.next()
    await delay(300)
    let left = 0
    for (let step = await chunks.next(); !step.done; step = await chunks.next()) left += step.value.length
    // "y\n" is "y\r\n" at a terminal; nearly all of it was still to come.
    expect(left).toBeGreaterThan(29_000_000)
  }, 30_000)

  it('that cannot be started says why', async () => {
    const shell = start('', { command: ['/no/such/shell'] })
    expect(await all(shell)).toMatch(/No such file/)
    expect(await shell.ended).toEqual({ exitCode: 127, signal: null })
  })
})

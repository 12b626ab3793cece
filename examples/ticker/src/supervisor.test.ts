import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { Supervisor } from './supervisor.ts'

/** Says that it is ready and waits; asked to end, it ends in order. */
const PROGRAM = `process.on('SIGTERM', () => process.exit(0))
setInterval(() => {}, 1000)
process.send('ready')
`

describe('the supervisor', () => {
  let folder: string
  let script: string
  const job = { name: 'a job', args: [] }

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'supervisor-'))
    script = join(folder, 'program.mjs')
    writeFileSync(script, PROGRAM)
  })
  afterAll(() => rmSync(folder, { recursive: true }))

  const start = async () => {
    const said: string[] = []
    const supervisor = new Supervisor({ script, restartMs: 20, say: (sentence) => said.push(sentence) })
    onTestFinished(() => supervisor.close())
    await supervisor.start(job)
    return { supervisor, said, pid: supervisor.pidOf(job.name) ?? 0 }
  }
  const until = async (wanted: () => boolean) => {
    while (!wanted()) await new Promise((resolve) => setTimeout(resolve, 5))
  }

  it('starts a program again that was killed, and says so', async () => {
    const { supervisor, said, pid } = await start()
    process.kill(pid, 'SIGKILL')
    await until(() => said.length === 3)
    expect(supervisor.pidOf(job.name)).not.toBe(pid)
    expect(said).toEqual([
      `a job is ready, process ${pid}`,
      'a job ended (SIGKILL); it is started again',
      `a job is ready, process ${supervisor.pidOf(job.name)}`,
    ])
  })

  it('puts another process in the place of one that ends in order, and ends all with itself', async () => {
    const { supervisor, said, pid } = await start()
    await supervisor.renew(job)
    const now = supervisor.pidOf(job.name) ?? 0
    expect(now).not.toBe(pid)
    expect(() => process.kill(pid, 0)).toThrow()
    await supervisor.close()
    expect(() => process.kill(now, 0)).toThrow()
    expect(said.filter((sentence) => sentence.includes('ended'))).toEqual([])
  })
})

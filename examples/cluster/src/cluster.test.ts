import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { Client } from '@wirepact/client'
import { connect } from '@wirepact/client/node'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { nodeBinary } from '../../../test/setup/runtimes.mjs'
import { build } from '../build.mjs'
import { shared } from './contract.ts'

let folder: string
let main: string
const running: ChildProcess[] = []

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'cluster-'))
  main = (await build({ into: folder })).main
})
afterAll(() => {
  for (const program of running) program.kill('SIGKILL')
  rmSync(folder, { recursive: true })
})

async function start(node: string, env: Record<string, string>) {
  const port = await freePort()
  const program = spawn(node, [main], { env: { ...process.env, PORT: String(port), WORKERS: '2', ...env } })
  running.push(program)
  const said = { text: '' }
  for (const stream of [program.stdout, program.stderr]) {
    stream.on('data', (text) => {
      said.text += text
    })
  }
  await expect.poll(() => said.text, { timeout: 20_000 }).toContain('2 processes serve')
  return { program, said, url: `ws://127.0.0.1:${port}`, ended: once(program, 'close').then(([code]) => code) }
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const { port } = probe.address() as { port: number }
  probe.close()
  await once(probe, 'close')
  return port
}

function clientsOf(url: string, count: number): Client<typeof shared>[] {
  const clients = Array.from({ length: count }, () => connect(shared, url, { report: () => {} }))
  onTestFinished(async () => {
    await Promise.all(clients.map((client) => client.close()))
  })
  return clients
}

async function whoServes(clients: readonly Client<typeof shared>[]): Promise<Set<number>> {
  return new Set(await Promise.all(clients.map(({ api }) => api.whoami())))
}

const ways = [
  { way: 'node:cluster deals out connections', major: 20, env: {} },
  { way: 'the system does, on one port of many sockets (reusePort)', major: 24, env: { REUSE_PORT: '1' } },
] as const

describe.each(ways)('two processes on one port, where $way', { timeout: 60_000 }, ({ major, env }) => {
  it('both serve; all are renewed under load, and no call fails or is answered wrongly; then they end', async () => {
    const { program, said, url, ended } = await start(await nodeBinary(major), env)
    // So many that no chance leaves one of two without any.
    const clients = clientsOf(url, 24)
    const before = await whoServes(clients)
    expect(before.size).toBe(2)
    let load = true
    let calls = 0
    const digests = new Set<string>()
    const callers = clients.map(async ({ api }) => {
      while (load) {
        digests.add(await api.digest({ text: 'x', rounds: 50 }))
        calls++
        await delay(5)
      }
    })
    program.kill('SIGHUP')
    await expect.poll(() => said.text, { timeout: 40_000 }).toContain('All processes are new.')
    load = false
    await Promise.all(callers)
    expect(digests.size).toBe(1)
    expect(calls).toBeGreaterThan(clients.length)
    const after = await whoServes(clients)
    expect([...after].filter((pid) => before.has(pid))).toEqual([])
    await Promise.all(clients.map((client) => client.close()))
    program.kill('SIGTERM')
    expect(await ended).toBe(0)
  })
})

describe('a process that is killed', { timeout: 60_000 }, () => {
  it('is replaced, and its clients are served by others meanwhile', async () => {
    const { url } = await start(process.execPath, {})
    const clients = clientsOf(url, 8)
    const before = await whoServes(clients)
    const [victim = 0] = before
    process.kill(victim, 'SIGKILL')
    const after = await whoServes(clients)
    expect(after.has(victim)).toBe(false)
    await expect
      .poll(
        async () => {
          const more = clientsOf(url, 4)
          return (await whoServes(more)).size
        },
        { timeout: 10_000, interval: 300 },
      )
      .toBe(2)
  })
})

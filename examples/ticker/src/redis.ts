import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { type AddressInfo, connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'

import type { Engine } from './engine.ts'

export type RunningRedis = Engine & {
  /** Its process now: another one after it was killed. */
  pid(): number | undefined
  close(): Promise<void>
}

/**
 * Starts the real engine for as long as the example runs, on a free port and in a folder of its own. It writes everything
 * to its disk before it answers: `kill -9` it, and it is started again with what it had.
 *
 * @throws Error when it is not ready within 10 s, with what it said
 */
export async function startRedis(program: string, say: (sentence: string) => void): Promise<RunningRedis> {
  const folder = mkdtempSync(join(tmpdir(), 'ticker-redis-'))
  const port = await freePort()
  const args = ['--port', String(port), '--bind', '127.0.0.1', '--dir', folder, '--save', '']
  let said = ''
  let closing = false
  let broken: string | undefined
  const start = (): ChildProcess => {
    const started = spawn(program, [...args, '--appendonly', 'yes', '--appendfsync', 'always'], {
      stdio: ['ignore', 'pipe', 'inherit'],
      // Ctrl-C in a terminal is for us: the engine ends when the nodes have.
      detached: true,
    })
    started.stdout.on('data', (text) => {
      said = (said + text).slice(-2_000)
    })
    started.on('error', ({ code }: NodeJS.ErrnoException) => {
      broken = code === 'ENOENT' ? `${program} was not found` : `${program} (${code})`
    })
    started.on('exit', (code, signal) => {
      if (closing) return
      say(`the engine ended (${signal ?? `code ${code}`}); it is started again`)
      setTimeout(() => {
        if (!closing) child = start()
      }, RESTART_MS)
    })
    return started
  }
  let child = start()
  const close = async () => {
    closing = true
    if (broken === undefined && child.exitCode === null && child.signalCode === null) {
      const ended = once(child, 'exit')
      child.kill('SIGTERM')
      await ended
    }
    rmSync(folder, { recursive: true, force: true })
  }
  for (const until = performance.now() + PATIENCE_MS; !(await answers(port)); await delay(30)) {
    if (broken === undefined && child.exitCode === null && performance.now() < until) continue
    await close()
    throw new Error(`The engine could not be started: ${broken ?? `${program} said:\n${said}`}.`)
  }
  return { url: `redis://127.0.0.1:${port}`, durable: true, pid: () => child.pid, close }
}

const RESTART_MS = 300
const PATIENCE_MS = 10_000

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.write('PING\r\n'))
    socket.once('data', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}

/** Nobody listens there now. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { type AddressInfo, connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'

/** An engine of one round's own, that keeps nothing on the disk unless it is told to. */
export interface BenchRedis {
  readonly url: string
  readonly pid: number
  close(): Promise<void>
}

/** @throws Error when it does not answer within 10 s */
export async function startRedis(program: string, more: readonly string[] = []): Promise<BenchRedis> {
  const folder = mkdtempSync(join(tmpdir(), 'bench-redis-'))
  const port = await freePort()
  const args = ['--port', `${port}`, '--bind', '127.0.0.1', '--dir', folder, '--save', '', ...more]
  const child = spawn(program, args, { stdio: 'ignore' })
  const kill = () => void child.kill('SIGKILL')
  process.on('exit', kill)
  const close = async () => {
    process.off('exit', kill)
    const ended = once(child, 'exit')
    if (child.exitCode === null && child.signalCode === null) {
      kill()
      await ended
    }
    rmSync(folder, { recursive: true, force: true })
  }
  for (const until = performance.now() + 10_000; !(await answers(port)); await delay(20)) {
    if (child.exitCode === null && performance.now() < until) continue
    await close()
    throw new Error(`${program} does not answer at port ${port}`)
  }
  return { url: `redis://127.0.0.1:${port}`, pid: child.pid ?? 0, close }
}

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

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

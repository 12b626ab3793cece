import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { type AddressInfo, connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { findProgram } from '../setup/debian.mjs'

/** A server program that keeps what it is told in a folder. */
export interface EngineProgram {
  readonly path: string
  /** On loopback, at this port, with its data in this folder. */
  readonly args: (port: number, folder: string) => readonly string[]
  /** What is sent to a new connection, and how the answer of a server begins that is ready. */
  readonly knock: { readonly send: string; readonly answer: string }
}

/**
 * A real engine in a process of its own, on a free port: it can be killed, stopped and started again where it was. It
 * ends with the process that started it, even when that is killed.
 */
export class Engine {
  readonly port: number
  /** Its data. Whoever changes what is in there does so while it is down. */
  readonly folder: string
  readonly #program: EngineProgram
  #child: ChildProcess | undefined
  #said = ''

  private constructor(program: EngineProgram, port: number, folder: string) {
    this.#program = program
    this.port = port
    this.folder = folder
  }

  /** Resolves when it answers. */
  static async start(program: EngineProgram): Promise<Engine> {
    for (let tries = 1; ; tries++) {
      const folder = mkdtempSync(join(tmpdir(), 'wirepact-engine-'))
      const engine = new Engine(program, await freePort(), folder)
      try {
        await engine.start()
        return engine
      } catch (error) {
        await engine.close()
        // Somebody else may have taken the port in between.
        if (tries === 3) throw error
      }
    }
  }

  get pid(): number {
    return this.#child?.pid ?? 0
  }

  /** Starts it again after `kill`, with the same port and data, and with these arguments too. */
  async start(...more: readonly string[]): Promise<void> {
    const { path, args } = this.#program
    const child = spawn(...tied(path, [...args(this.port, this.folder), ...more]), {
      cwd: this.folder,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    this.#child = child
    this.#said = ''
    for (const output of [child.stdout, child.stderr]) {
      output.on('data', (chunk) => {
        this.#said = (this.#said + chunk).slice(-4_000)
      })
    }
    const ended = new AbortController()
    child.on('error', () => ended.abort())
    child.on('exit', () => ended.abort())
    await this.#ready(ended.signal)
  }

  /** Ends it at once, as a power cut would: nothing is flushed, no connection is closed in form. */
  async kill(): Promise<void> {
    const child = this.#child
    this.#child = undefined
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
    const exit = once(child, 'exit')
    child.kill('SIGKILL')
    await exit
  }

  /** Holds it still: connections stay open, nothing is answered. */
  stop(): void {
    this.#child?.kill('SIGSTOP')
    // Its threads stop one after the other, and one that still runs would answer.
    const until = performance.now() + 1_000
    while (this.pid > 0 && !standsStill(this.pid) && performance.now() < until);
  }

  resume(): void {
    this.#child?.kill('SIGCONT')
  }

  async close(): Promise<void> {
    await this.kill()
    rmSync(this.folder, { recursive: true, force: true })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  async #ready(ended: AbortSignal): Promise<void> {
    const until = performance.now() + patienceMs
    while (!ended.aborted && performance.now() < until) {
      if (await answers(this.port, this.#program.knock)) return
      await sleep(10)
    }
    throw new Error(`${this.#program.path} ${ended.aborted ? 'ended' : 'is not ready'}:\n${this.#said}`)
  }
}

/** Whether a server there answers as one that is ready. */
async function answers(port: number, { send, answer }: EngineProgram['knock']): Promise<boolean> {
  const socket = connect(port, '127.0.0.1')
  let said = ''
  return new Promise((resolve) => {
    const settle = (ready: boolean): void => {
      socket.destroy()
      resolve(ready)
    }
    socket.setTimeout(1_000, () => settle(false))
    socket.on('error', () => settle(false))
    socket.on('close', () => settle(false))
    socket.on('data', (chunk) => {
      said += chunk
      if (said.length >= answer.length) settle(said.startsWith(answer))
    })
    socket.write(send)
  })
}

/** Whether all its threads are stopped; where the system does not say, they are taken to be. */
function standsStill(pid: number): boolean {
  try {
    return readdirSync(`/proc/${pid}/task`).every((thread) =>
      / [TtZX] /.test(readFileSync(`/proc/${pid}/task/${thread}/stat`, 'utf8').replace(/^.*\)/, '')),
    )
  } catch {
    return true
  }
}

// A run that is killed must not leave servers behind, least of all stopped ones.
function tied(path: string, args: readonly string[]): [command: string, args: string[]] {
  const setpriv = findProgram(['setpriv'])
  return setpriv === undefined ? [path, [...args]] : [setpriv, ['--pdeathsig', 'KILL', path, ...args]]
}

/** A port on loopback that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

const patienceMs = 15_000

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'

/** A program that is to run always. */
export type Job = {
  readonly name: string
  readonly args: readonly string[]
}

export type SupervisorOptions = {
  /** The script that all jobs are commands of. */
  readonly script: string
  /** Added to the environment of all jobs. */
  readonly env?: Readonly<Record<string, string>>
  /** How long one that ended stays down, in ms. @default 1000 */
  readonly restartMs?: number
  /** Hears what becomes of the jobs, in a sentence. */
  readonly say?: (sentence: string) => void
}

/** Keeps programs running: one that ends, however it ends, is started again. */
export class Supervisor {
  readonly #options: SupervisorOptions
  readonly #children = new Map<string, ChildProcess>()
  readonly #timers = new Set<NodeJS.Timeout>()
  #over = false

  constructor(options: SupervisorOptions) {
    this.#options = options
  }

  /** The process that runs a job now; undefined while it is down. */
  pidOf(name: string): number | undefined {
    return this.#children.get(name)?.pid
  }

  /** Resolves when the program has said, over its channel, that it is ready. */
  async start(job: Job): Promise<void> {
    const { script, env, say = () => {} } = this.#options
    const child = spawn(process.execPath, [script, ...job.args], {
      env: { ...process.env, ...env },
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      // Ctrl-C in a terminal is for the supervisor, which ends its programs in order.
      detached: true,
    })
    this.#children.set(job.name, child)
    child.on('exit', (code, signal) => {
      this.#children.delete(job.name)
      if (this.#over) return
      say(`${job.name} ended (${signal ?? `code ${code}`}); it is started again`)
      this.#again(job)
    })
    await Promise.race([once(child, 'message'), once(child, 'exit')])
    if (this.#children.get(job.name) === child) say(`${job.name} is ready, process ${child.pid}`)
  }

  /** Asks a program to end in order, and starts it again. Resolves when it is ready again. */
  async renew(job: Job): Promise<void> {
    const child = this.#children.get(job.name)
    if (child === undefined) return
    child.removeAllListeners('exit')
    const ended = once(child, 'exit')
    child.kill('SIGTERM')
    await ended
    if (!this.#over) await this.start(job)
  }

  /** Ends all of them, in order where they know how to. */
  async close(): Promise<void> {
    this.#over = true
    for (const timer of this.#timers) clearTimeout(timer)
    await Promise.all(
      [...this.#children.values()].map(async (child) => {
        const ended = once(child, 'exit')
        child.kill('SIGINT')
        await ended
      }),
    )
  }

  #again(job: Job): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer)
      void this.start(job)
    }, this.#options.restartMs ?? 1_000)
    this.#timers.add(timer)
  }
}

import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { cpus } from 'node:os'
import { ControlLine } from './control-line.ts'

/** How much of what a process printed is shown when it fails. */
const TAIL_CHARACTERS = 4_000
/** Starts a program on given cores; part of every Linux. */
const PINNING = 'taskset'

const running = new Set<Child>()
let watching = false

/** What runs the script, when it is not just Node.js. */
interface ChildRuntime {
  readonly flags?: readonly string[]
  /** Bun's program, if that runs it. */
  readonly bun?: string | undefined
}

/** A process of a round, pinned to a core where that is possible. It never outlives the bench. */
export class Child {
  readonly line: ControlLine
  /** Rejects when the process ends by itself; never resolves. */
  readonly fault: Promise<never>
  readonly #name: string
  readonly #process: ChildProcess
  readonly #closed: Promise<void>
  #printed = ''
  #ending = false

  constructor(
    name: string,
    script: string,
    core: number | 'any' | undefined,
    answers: ConstructorParameters<typeof ControlLine>[1],
    { flags = [], bun }: ChildRuntime = {},
  ) {
    this.#name = name
    const node = [bun ?? process.execPath, ...flags, script]
    // What a pinned process starts is pinned with it, unless it is told otherwise.
    const list = core === 'any' ? `0-${cpus().length - 1}` : String(core)
    const [command = '', ...args] = core === undefined || !canPin() ? node : [PINNING, '-c', list, ...node]
    // Bun's own way to clone values is not that of Node.js; what a server answers with is plain.
    const serialization = bun === undefined ? 'advanced' : 'json'
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe', 'ipc'], serialization })
    this.#process = child
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on('data', (data) => {
        this.#printed = (this.#printed + data).slice(-TAIL_CHARACTERS)
      })
    }
    let closed = () => {}
    this.#closed = new Promise((resolve) => {
      closed = resolve
    })
    this.fault = new Promise((_, reject) => {
      child.on('error', (error) => {
        closed()
        reject(new Error(`the ${name} process could not be started: ${error.message}`))
      })
      child.on('close', (code, signal) => {
        running.delete(this)
        closed()
        if (!this.#ending)
          reject(new Error(`the ${name} process ended with ${signal ?? `code ${code}`}${this.printed}`))
      })
    })
    // Whoever asks something races it against the fault; between questions nobody looks.
    this.fault.catch(() => {})
    this.line = new ControlLine(
      {
        send: (message) => void (child.connected && child.send(message)),
        on: (event, listen) => child.on(event, listen),
      },
      answers,
    )
    running.add(this)
    endAllWithUs()
  }

  /** What the process printed last, to be put behind a message; empty when it printed nothing. */
  get printed(): string {
    const text = this.#printed.trim()
    return text === '' ? '' : `; the ${this.#name} printed:\n${text.replace(/^/gm, '    ')}`
  }

  ask(name: string, argument?: unknown): Promise<unknown> {
    return Promise.race([this.line.ask(name, argument), this.fault])
  }

  /** Resolves when the process is gone. It has nothing to save, and may hang: it is not asked. */
  async end(): Promise<void> {
    this.kill()
    await this.#closed
  }

  kill(): void {
    this.#ending = true
    this.#process.kill('SIGKILL')
  }
}

/** A process that hangs does not notice that the bench is gone. */
function endAllWithUs(): void {
  if (watching) return
  watching = true
  process.on('exit', () => {
    for (const child of running) child.kill()
  })
  for (const [signal, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const) {
    // Not once: a second signal must not end us before the first one has had its say.
    process.on(signal, () => process.exit(code))
  }
}

export function canPin(): boolean {
  return spawnSync(PINNING, ['--version']).status === 0
}

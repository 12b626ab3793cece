import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { homedir } from 'node:os'
import type { Readable, Writable } from 'node:stream'
import type { Size } from './contract.ts'
import { PTY_PROGRAM } from './pty-program.ts'

export interface ShellOptions {
  readonly size: Size
  /** The program and its arguments. @default $SHELL, or /bin/sh */
  readonly command?: readonly string[] | undefined
  /** @default the home of whoever runs this */
  readonly folder?: string | undefined
}

export interface ShellEnd {
  /** Null when a signal ended it. */
  readonly exitCode: number | null
  readonly signal: string | null
}

/** A program at a terminal of its own. */
export class Shell {
  readonly #child: ChildProcess
  readonly #ended: Promise<ShellEnd>

  constructor({ size, command = [process.env.SHELL || '/bin/sh'], folder = homedir() }: ShellOptions) {
    const { TERM_PROGRAM: _program, ...environment } = process.env
    this.#child = spawn('python3', ['-c', PTY_PROGRAM, `${size.rows}`, `${size.columns}`, ...command], {
      cwd: folder,
      env: { ...environment, TERM: 'xterm-256color', COLORTERM: 'truecolor' },
      stdio: ['pipe', 'pipe', 'inherit', 'pipe'],
      // A group of its own: Ctrl-C at the server's terminal is for the server.
      detached: true,
    })
    this.#ended = new Promise((resolve) => {
      this.#child.once('error', () => resolve({ exitCode: 127, signal: null }))
      this.#child.once('close', (exitCode, signal) => resolve({ exitCode, signal }))
    })
    // Whoever types into a shell that has just ended is told by its end.
    for (const stream of [this.#child.stdin, this.#orders]) stream?.on('error', () => {})
  }

  get pid(): number | undefined {
    return this.#child.pid
  }

  /** What it prints, until it has ended. It waits while nobody reads. */
  get output(): AsyncIterable<Uint8Array> {
    return this.#child.stdout as Readable
  }

  /** When nothing of it runs any more. */
  get ended(): Promise<ShellEnd> {
    return this.#ended
  }

  /** Resolves when it may be given more. */
  async type(bytes: Uint8Array): Promise<void> {
    const input = this.#child.stdin as Writable
    if (!input.writable || input.write(bytes)) return
    const waiting = new AbortController()
    const { signal } = waiting
    await Promise.race([once(input, 'drain', { signal }), once(input, 'close', { signal })]).finally(() =>
      waiting.abort(),
    )
  }

  resize({ rows, columns }: Size): void {
    if (this.#orders.writable) this.#orders.write(`${rows} ${columns}\n`)
  }

  /** Ends it, with all that it started. Idempotent. */
  end(): void {
    this.#child.stdin?.destroy()
    this.#orders.destroy()
    // Nobody reads the rest, and nothing may wait for that.
    this.#child.stdout?.resume()
  }

  get #orders(): Writable {
    return this.#child.stdio[3] as Writable
  }
}

/** What this system lacks for terminals; undefined when it has all. */
export function whatIsMissing(): string | undefined {
  if (process.platform === 'win32') return 'a system with terminals as Unix has them; Windows has others'
  const { status } = spawnSync('python3', ['-c', 'import pty, fcntl, termios'], { stdio: 'ignore' })
  return status === 0 ? undefined : 'python3, which makes the terminals (apt install python3-minimal)'
}

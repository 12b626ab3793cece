import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { root } from '../setup/workspace.mjs'

export const program = (name: string): string => join(root, 'test/interop/program', name)

/** Most of what is echoed in one message: 16 MiB, the limit that both sides have by default in many libraries. */
export const LARGEST = 16 * 1024 * 1024

/** Runs a client to its end, and reads what it printed. */
export async function foreignClient(command: string, args: readonly string[], env = {}): Promise<unknown> {
  const child = spawn(command, args, { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] })
  onTestFinished(() => {
    child.kill('SIGKILL')
  })
  let printed = ''
  let said = ''
  child.stdout.on('data', (chunk) => {
    printed += chunk
  })
  child.stderr.on('data', (chunk) => {
    said += chunk
  })
  const [code] = (await once(child, 'close')) as [number]
  if (code !== 0) throw new Error(`${command} ended with ${code}:\n${said}`)
  return JSON.parse(printed)
}

/** Starts a server that prints its port, and answers with its address. It ends with the test. */
export async function foreignServer(command: string, args: readonly string[], env = {}): Promise<string> {
  const child = spawn(command, args, { env: { ...process.env, ...env }, stdio: ['pipe', 'pipe', 'pipe'] })
  onTestFinished(() => {
    child.kill('SIGKILL')
  })
  let said = ''
  child.stderr.on('data', (chunk) => {
    said += chunk
  })
  const ended = once(child, 'close').then(([code]) => {
    throw new Error(`${command} ended with ${code}:\n${said}`)
  })
  ended.catch(() => undefined)
  return `ws://127.0.0.1:${await Promise.race([portIn(child.stdout), ended])}/`
}

/** Some runtimes have more to say than what their program prints, and all of it may come in pieces. */
function portIn(output: NodeJS.ReadableStream): Promise<number> {
  return new Promise((resolve) => {
    let printed = ''
    output.on('data', (chunk) => {
      printed += chunk
      const line = /^(\d+)\r?\n/m.exec(printed)
      if (line !== null) resolve(Number(line[1]))
    })
  })
}
